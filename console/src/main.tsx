import 'virtual:theme.css';
import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/Button.css';
import '@mantine/core/styles/Loader.css';
import '@mantine/core/styles/Input.css';
import '@mantine/core/styles/PasswordInput.css';
import '@mantine/core/styles/ActionIcon.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Menu.css';
import '@mantine/core/styles/Tooltip.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, Link, Outlet, RouterProvider, useBlocker } from '@tanstack/react-router';
import createClient from 'openapi-fetch';
import { createRoot } from 'react-dom/client';
import type { paths } from './api/contract.ts';
import { theme } from './theme.ts';

const client = createClient<paths>({ baseUrl: '/' });
const root = createRootRoute({ component: () => <Outlet /> });
const a = createRoute({ getParentRoute: () => root, path: '/', component: A });
function A() {
  const { data } = useQuery({ queryKey: ['x'], queryFn: async () => (await client.GET('/v1/regions')).data?.items.length });
  useBlocker({ shouldBlockFn: () => false });
  return <><Link to="/">x</Link><p>{data}</p></>;
}
const router = createRouter({ routeTree: root.addChildren([a]) });
createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} defaultColorScheme="auto">
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
