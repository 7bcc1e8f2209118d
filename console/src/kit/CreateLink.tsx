import { IconPlus } from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useReason, useTenantId } from '../shell/where.ts';
import { Button } from './Button.tsx';

/** A path of the console, as the router knows it. */
export type Path = LinkProps['to'] & string;

/** The page's main action, key c. Where the caller may not, it stays and says why. */
export function CreateLink({
  to,
  permission,
  label,
  blocked,
}: {
  to: Path;
  permission: string;
  label: string;
  blocked?: string | null;
}) {
  const tenantId = useTenantId();
  const reason = useReason(permission) ?? blocked;
  const icon = <IconPlus size={16} aria-hidden="true" />;
  if (reason)
    return (
      <Button kind="primary" icon={icon} reason={reason}>
        {label}
      </Button>
    );
  return (
    <Link
      to={to as never}
      params={{ tenantId } as never}
      search={((old: object) => old) as never}
      className="plain-button accent-button"
      data-create
    >
      {icon}
      {label}
    </Link>
  );
}
