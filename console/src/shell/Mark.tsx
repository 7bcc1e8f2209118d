/** The mark: a shield with a keep inside, one authority over one area. */
export const Mark = ({ size = 26 }: { size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className="mark">
    <path className="mark-field" d="M16 2 28 6.5V15c0 8-5 12.6-12 15C9 27.600 4 23 4 15V6.500z" />
    <path className="mark-keep" d="M10 11v-2h3v2h1.500V9h3v2H19V9h3v6l-2 2v6h-8v-6l-2-2z" />
  </svg>
);
