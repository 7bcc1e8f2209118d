import { Outlet } from '@tanstack/react-router';
import { doorText } from '../../messages/en.doors.ts';
import { en } from '../../messages/en.ts';
import { Mark } from '../../shell/Mark.tsx';

export const DoorFrame = () => (
  <div className="door">
    <header className="door-brand">
      <Mark size={34} />
      <span>{en.product}</span>
    </header>
    <main className="door-main" id="content" tabIndex={-1}>
      <Outlet />
    </main>
    <footer className="door-foot">{doorText.tagline}</footer>
  </div>
);
