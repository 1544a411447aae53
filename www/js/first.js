// Before anything is drawn: which language the page speaks. A classic script, so that nothing is painted in the wrong one.
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
