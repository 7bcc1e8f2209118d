import { useEffect, useRef } from 'react';

/** Keeps a popover element open beside its anchor, inside the window. `placement` is where there is room first. */
export function placeBeside(layer: HTMLElement, anchor: Element, placement: 'below' | 'above', align: 'start' | 'end') {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = layer;
  const gap = 6;
  const room = { below: innerHeight - at.bottom - gap, above: at.top - gap };
  const goes =
    placement === 'below'
      ? room.below < height && room.above > room.below
        ? 'above'
        : 'below'
      : room.above < height
        ? 'below'
        : 'above';
  const left = align === 'start' ? at.left : at.right - width;
  layer.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  layer.style.top = `${goes === 'below' ? at.bottom + gap : Math.max(8, at.top - height - gap)}px`;
}

/** The latest value, for listeners that are attached once. */
export function useLatest<T>(value: T) {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
