import 'virtual:theme.css';
import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/global.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type AnyRoute, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api/problem.ts';
import { makeRouter } from './router.tsx';
import { theme } from './theme.ts';

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      networkMode: 'always',
      // What the server refused it refuses again; a lost connection or a 503 may pass.
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiProblem) || error.status >= 500),
      retryDelay: (failures) => 400 * 2 ** failures,
    },
  },
});
const router = makeRouter(queryClient);
// The page's code comes while it is asked who is there.
for (const { routeId } of router.matchRoutes(router.latestLocation))
  void (router.routesById as Record<string, AnyRoute>)[routeId]?.options.component?.preload?.();

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root.');
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
