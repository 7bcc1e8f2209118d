import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { theme } from './src/theme.ts';

/**
 * Emits the script that runs before anything is painted as a hashed file of its own.
 * It can be neither a module (deferred) nor inline (the content security policy forbids it).
 */
function firstScript(): Plugin {
  const source = () => readFileSync(new URL('src/first.js', import.meta.url), 'utf8');
  return {
    name: 'bailiwick-first-script',
    buildStart() {
      if (this.environment.mode === 'build') this.emitFile({ type: 'asset', name: 'first.js', source: source() });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const file = Object.values(bundle ?? {}).find(({ fileName }) => /first-.*\.js$/.test(fileName));
        const src = file ? `/${file.fileName}` : '/src/first.js';
        return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
      },
    },
  };
}

/**
 * Writes `pages.json`: for each address inside a tenant the files that its page needs beside the shell. The server names
 * them in the page that it sends, so that they come while the shell does, not after it.
 */
function filesOfPages(): Plugin {
  const routers = new URL('src/router/', import.meta.url);
  const route =
    /getParentRoute: \(\) => tenant,\s+path: '([^']+)',(?:(?!createRoute\()[\s\S])*?import\('\.\.\/(pages\/[^']+)'\)/g;
  return {
    name: 'bailiwick-files-of-pages',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((each) => each.type === 'chunk');
      const shell = chunks.find(({ isEntry }) => isEntry);
      const withImports = (file: string, found: Set<string>): Set<string> => {
        const chunk = bundle[file];
        if (found.has(file) || file === shell?.fileName || chunk?.type !== 'chunk') return found;
        found.add(file);
        for (const each of chunk.imports) withImports(each, found);
        return found;
      };
      const pages: Record<string, string[]> = {};
      for (const name of readdirSync(routers))
        for (const [, path = '', page = ''] of readFileSync(new URL(name, routers), 'utf8').matchAll(route)) {
          const file = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/src/${page}`))?.fileName;
          if (file) pages[path] = [...withImports(file, new Set())].map((each) => `/${each}`);
        }
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: JSON.stringify(pages) });
    },
  };
}

/**
 * Writes the theme's variables to the stylesheet, as `virtual:theme.css`. Mantine would write them to a style element
 * when the page runs, which the content security policy forbids: that part of it stays out of the bundle, and palettes that
 * the console does not use out of the stylesheet.
 */
function themeVariables(): Plugin {
  const id = '\0virtual:theme.css';
  const writer = '\0mantine-variables';
  const unused = /(?<=[{;])\s*--mantine-color-(pink|grape|violet|indigo|blue|cyan|lime|orange|green|yellow)-[^;}]*;?/g;
  return {
    name: 'bailiwick-theme-variables',
    enforce: 'pre',
    resolveId(source) {
      if (source === 'virtual:theme.css') return id;
      return source.endsWith('/MantineCssVariables.mjs') ? writer : undefined;
    },
    load(source) {
      if (source === writer) return 'export const MantineCssVariables = () => null;';
      if (source !== id) return undefined;
      const variables = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
      return convertCssVariables(variables, ':root').replace(unused, '');
    },
  };
}

/**
 * Leaves out Mantine's palettes and what computes colours from them: its variables are in the stylesheet, and of its
 * components only fields are used, which take no colours and do not turn a wheel while they load.
 */
function onlyFields(): Plugin {
  const without: Record<string, string> = {
    'default-colors.mjs': 'export const DEFAULT_COLORS = {};',
    'default-variant-colors-resolver.mjs': 'export const defaultVariantColorsResolver = () => ({});',
    'Loader.mjs': 'export const Loader = () => null; export const defaultLoaders = {};',
    'parse-theme-color.mjs':
      'export const parseThemeColor = ({ color }) => ({ color, value: color, isThemeColor: false });',
  };
  const prefix = '\0mantine-without:';
  return {
    name: 'bailiwick-only-fields',
    enforce: 'pre',
    resolveId(source, importer) {
      const file = source.slice(source.lastIndexOf('/') + 1);
      return importer?.includes('/@mantine/core/') && file in without ? prefix + file : undefined;
    },
    load: (id) => (id.startsWith(prefix) ? without[id.slice(prefix.length)] : undefined),
  };
}

/** Puts each script and style beside itself as Brotli and gzip, so that the server compresses nothing while it serves. */
function compressed(): Plugin {
  return {
    name: 'bailiwick-compressed',
    writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css)$/.test(name)) continue;
        const file = join(dir, name);
        const source = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(source));
        writeFileSync(`${file}.gz`, gzipSync(source, { level: 9 }));
      }
    },
  };
}

/**
 * Puts the message files of a language in the place of the English ones, which everything imports. What `de.me.ts` must
 * have is what `en.me.ts` has: the compiler holds them against each other.
 */
function messages(language: string): Plugin {
  return {
    name: 'bailiwick-messages',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer || !/\/en(\.[\w-]+)?\.ts$/.test(source)) return undefined;
      return this.resolve(source.replace(/\/en(?=[.\w-]*\.ts$)/, `/${language}`), importer, { skipSelf: true });
    },
    transformIndexHtml: (html) => html.replace('<html lang="en">', `<html lang="${language}">`),
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [
    ...(/^[a-z]{2}$/.test(mode) && mode !== 'en' ? [messages(mode)] : []),
    react(),
    firstScript(),
    filesOfPages(),
    themeVariables(),
    onlyFields(),
    compressed(),
  ],
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Few files: a browser fetches six at once, and each round is a way to the server and back.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'shell', tags: ['$initial'], priority: 2 },
            { name: 'fields', test: /@mantine|@floating-ui|kit\/(fields|Form)\.tsx/, priority: 1 },
            {
              name: 'tables',
              test: /kit\/(Table|columns|TargetLink)\.tsx|Icon(AdjustmentsHorizontal|Arrow(Down|Up)|Dots|Download|Plus|Refresh|TableExport)\.mjs/,
              priority: 1,
            },
            {
              name: 'lists',
              test: /kit\/(List|ListPage|Toolbar|Bulk|bulk-run|list-state|ticks|csv|CreateLink|switch)\.tsx?/,
              priority: 1,
            },
            {
              name: 'looking',
              test: /access\/looking\.tsx|api\/(access|accounts|groups)\.ts|messages\/\w+\.access\.ts/,
              priority: 1,
            },
            { name: 'shared', minShareCount: 30 },
          ],
        },
      },
    },
  },
}));
