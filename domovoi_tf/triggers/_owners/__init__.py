"""Settings of sources that several owners write, each as a whole."""
