// The badges in the masthead open one at a time, and close when the visitor turns to something else.

/** Makes them do so. */
export function watchBadges() {
  const badges = [...document.querySelectorAll('details.badge')];
  document.addEventListener('pointerdown', (event) => {
    for (const badge of badges) badge.open &&= badge.contains(event.target);
  });
  for (const badge of badges) {
    badge.addEventListener('toggle', () => {
      if (badge.open) for (const other of badges) other.open &&= other === badge;
    });
    badge.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !badge.open) return;
      event.stopPropagation();
      badge.open = false;
      badge.querySelector('summary').focus();
    });
  }
}
