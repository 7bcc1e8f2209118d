/** Whether a button of the mouse, or a finger, is down. */
let isDown = false;
const note = (now: boolean) => () => {
  isDown = now;
};
const ends = ['pointerup', 'pointercancel'] as const;
addEventListener('pointerdown', note(true), true);
for (const end of ends) addEventListener(end, note(false), true);

/**
 * Does what may move the page: at once, or after the click that is being made. A press outside a field leaves it first,
 * and where something moves between the press and its end, the browser makes no click of the two.
 */
export function afterPress(act: () => void): void {
  if (!isDown) {
    act();
    return;
  }
  const over = () => {
    for (const end of ends) removeEventListener(end, over, true);
    setTimeout(act);
  };
  for (const end of ends) addEventListener(end, over, true);
}
