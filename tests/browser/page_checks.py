"""Scripts that tests run in a page."""

#: Lists the elements that make the page wider than the window; graphs and code scroll in boxes of their own.
OVERFLOW = """() => [document.documentElement, document.querySelector('main')].flatMap(box =>
  box.scrollWidth <= box.clientWidth ? [] : [...box.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)))"""

#: Lists the texts whose contrast with their background is below 4.5, as WCAG 2.2 AA requires.
CONTRAST = r"""() => {
  const channels = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const isClear = colour => channels(colour)[3] === 0;
  const findBackground = element => {
    const shape = element instanceof SVGElement && element.parentNode.querySelector('rect');
    if (shape) return getComputedStyle(shape).fill;
    for (let e = element; e; e = e.parentElement)
      if (!isClear(getComputedStyle(e).backgroundColor)) return getComputedStyle(e).backgroundColor;
  };
  return [...document.querySelectorAll('body *')].filter(element =>
      [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
      && element.checkVisibility() && !element.closest('title, :disabled')).map(element => {
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(channels(colour)), light(channels(findBackground(element)))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return ratio < 4.5 ? `${element.textContent.slice(0, 40)}: ${ratio.toFixed(2)} (${colour})` : '';
  }).filter(Boolean);
}"""
