import os,subprocess,time
def test_probe(attached_environment, tmp_path):
    import shutil
    shutil.copytree('/tmp/t7/bt', tmp_path/'bt'); d=tmp_path/'bt/stages/dev'
    env={**os.environ,**attached_environment}
    print(subprocess.run(['terraform','init','-backend=false'],cwd=d,env=env,capture_output=True,text=True).returncode)
    for g in ({}, {'GOGC':'off'},{'GOGC':'400'}, {'GOGC':'1000'}):
        t=time.time(); r=subprocess.run(['terraform','validate'],cwd=d,env={**env,**g},capture_output=True,text=True); print(g,time.time()-t,r.returncode)
