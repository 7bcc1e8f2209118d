import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The same ten steps as `--mantine-color-accent-*` in style.css: the page's policy allows no generated style elements. */
const accent: MantineColorsTuple = [
  '#e9f6f4', '#d3ebe7', '#a6d6cf', '#76c0b6', '#4daca0', '#2f978b', '#1f8278', '#146b63', '#0e5750', '#083f3a',
]; // biome-ignore format: ten steps

export const theme = createTheme({
  colors: { accent },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 7 },
  respectReducedMotion: true,
  cursorType: 'pointer',
  defaultRadius: 'md',
});
