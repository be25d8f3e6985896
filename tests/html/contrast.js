// Every text's contrast with its ground (WCAG 2.2, 1.4.3): those below 4.5, with how much and where.
(() => {
  const parts = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return colour.startsWith("color(") ? [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const ground = (element) => {
    const layers = [];
    for (let above = element; above; above = above.parentElement) layers.push(parts(getComputedStyle(above).backgroundColor));
    return layers.reverse().reduce((under, [red, green, blue, alpha]) => under.map((part, place) => part * (1 - alpha) + [red, green, blue][place] * alpha), [255, 255, 255]);
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const weak = new Map();
  let looked = 0;
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.matches("script, style") || element.closest("[hidden]")) continue;
    looked += 1;
    const [one, other] = [luminance(parts(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) weak.set(`${element.tagName}.${element.className} in .${element.parentElement.className}`, contrast.toFixed(2));
  }
  return { looked, weak: Object.fromEntries(weak) };
})()
