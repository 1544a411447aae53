// Before anything else, and even where nothing else comes: a classic script.

// Which language the page speaks, so that nothing is painted in the wrong one.
{
  const directions = { en: 'ltr', fa: 'rtl' };
  const kept = () => {
    try {
      return localStorage.getItem('language');
    } catch {
      return null; // a browser that keeps nothing for this page
    }
  };
  const asked = [new URLSearchParams(location.search).get('lang'), kept(), ...navigator.languages];
  const language = asked.map((tag) => tag?.toLowerCase().split('-')[0]).find((tag) => Object.hasOwn(directions, tag)) ?? 'en';
  Object.assign(document.documentElement, { lang: language, dir: directions[language] });
  // The page comes with its English words in it; others are awaited, for a moment.
  document.documentElement.classList.toggle('wordless', language !== 'en');
}

// A page that another version takes over from while it is being loaded would be of two versions. Nothing is lost yet.
if (navigator.serviceWorker?.controller) {
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (['loading', 'error-fatal'].includes(document.body?.dataset.state ?? 'loading')) location.reload();
  });
}
