import { createRoute } from '@tanstack/react-router';
import { regions } from '../api/session.ts';
import { chunk, root } from './base.tsx';

/** Doors: nobody is signed in yet. */

const doors = createRoute({
  getParentRoute: () => root,
  id: 'doors',
  component: chunk(() => import('../pages/doors/DoorFrame.tsx'), 'DoorFrame'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(regions),
});
const door = <const P extends string>(
  path: P,
  load: () => Promise<Record<string, React.ComponentType>>,
  name: string,
) => createRoute({ getParentRoute: () => doors, path, component: chunk(load as never, name as never) });
const signIn = door('/sign-in', () => import('../pages/doors/SignInPage.tsx'), 'SignInPage');
const register = door('/register', () => import('../pages/doors/RegisterPage.tsx'), 'RegisterPage');
const completeRegistration = door(
  '/register/complete',
  () => import('../pages/doors/CompletePage.tsx'),
  'CompletePage',
);
const setup = door('/setup', () => import('../pages/doors/SetupPage.tsx'), 'SetupPage');
const accept = door('/accept', () => import('../pages/doors/AcceptPage.tsx'), 'AcceptPage');
const confirmEmail = door('/confirm-email', () => import('../pages/doors/ConfirmEmailPage.tsx'), 'ConfirmEmailPage');
const providerSetUp = door(
  '/identity-provider-set-up',
  () => import('../pages/doors/ProviderSetUpPage.tsx'),
  'ProviderSetUpPage',
);
const guest = door('/guest', () => import('../pages/doors/GuestPage.tsx'), 'GuestPage');
const enter = door('/enter', () => import('../pages/doors/EnterPage.tsx'), 'EnterPage');
const finish = door('/sign-in/finish', () => import('../pages/doors/FinishPage.tsx'), 'FinishPage');
const forgot = door('/sign-in/forgot', () => import('../pages/doors/ForgotPage.tsx'), 'ForgotPage');
const link = door('/sign-in/link', () => import('../pages/doors/LinkPage.tsx'), 'LinkPage');
const reset = door('/reset', () => import('../pages/doors/ResetPage.tsx'), 'ResetPage');
const tenantSignIn = door(
  '/t/$tenantId/sign-in',
  () => import('../pages/doors/TenantSignInPage.tsx'),
  'TenantSignInPage',
);
const emergency = door('/t/$tenantId/emergency', () => import('../pages/doors/EmergencyPage.tsx'), 'EmergencyPage');

export const doorRoutes = doors.addChildren([
  signIn,
  tenantSignIn,
  finish,
  forgot,
  reset,
  link,
  emergency,
  register,
  completeRegistration,
  setup,
  accept,
  confirmEmail,
  providerSetUp,
  guest,
  enter,
]);
