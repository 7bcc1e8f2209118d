/// <reference types="vite/client" />

declare module 'virtual:theme.css';

interface Window {
  /** The answer of `/v1/me` that `first.js` asked for. */
  whoIsThere?: Promise<Response> | undefined;
}
