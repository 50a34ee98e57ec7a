"""Scripts that tests run in a page."""

#: Lists the elements that make the page wider than the window; graphs and code scroll in boxes of their own.
OVERFLOW = """() => [document.documentElement, document.querySelector('main')].flatMap(box =>
  box.scrollWidth <= box.clientWidth ? [] : [...box.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)))"""

#: Lists the texts whose contrast with their background is below 4.5, as WCAG 2.2 AA requires.
CONTRAST = r"""() => {
  const channels = text => {
    const values = (text.match(/[\d.]+/g) || []).map(Number);
    return text.startsWith('color(srgb') ? values.map((v, i) => i < 3 ? v * 255 : v) : values;
  };
  const light = colour => colour.map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const blend = ([r, g, b, alpha = 1], below, opacity = 1) =>
    [r, g, b].map((v, i) => v * alpha * opacity + below[i] * (1 - alpha * opacity));
  const known = new Map();
  const look = element => {  // the background and the opacity of an element
    if (!element) return {back: [255, 255, 255], opacity: 1};
    if (!known.has(element)) {
      const style = getComputedStyle(element), parent = look(element.parentElement);
      const opacity = parent.opacity * style.opacity;
      known.set(element, {back: blend(channels(style.backgroundColor), parent.back, opacity), opacity});
    }
    return known.get(element);
  };
  const findBackground = element => {
    const shape = element instanceof SVGElement && element.parentNode.querySelector('rect');
    return shape ? channels(getComputedStyle(shape).fill).slice(0, 3) : look(element).back;
  };
  return [...document.querySelectorAll('body *')].filter(element =>
      [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
      && element.checkVisibility({opacityProperty: true, visibilityProperty: true})
      && !element.closest('title, :disabled')).map(element => {
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const back = findBackground(element);
    const [a, b] = [light(blend(channels(colour), back, look(element).opacity)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return ratio < 4.5 ? `${element.textContent.slice(0, 40)}: ${ratio.toFixed(2)} (${colour})` : '';
  }).filter(Boolean);
}"""
