/** What the settings of one cluster depend on. */
export interface SettingsFor {
  /** Folder of the unix socket, the only way in. */
  socketFolder: string;
  hbaFile: string;
  /** The operator's own settings, read last; undefined when there are none. */
  ownSettings: string | undefined;
  /** PostgreSQL's major version. */
  major: number;
  /** On a full disk: changes are refused, reads go on. */
  isReadOnly: boolean;
}

/** The text of the `postgresql.conf` that is written afresh before each start. */
export function settingsText({ socketFolder, hbaFile, ownSettings, major, isReadOnly }: SettingsFor): string {
  const settings: Record<string, string | number> = {
    listen_addresses: '',
    port: 5432,
    // A list, so a folder with a comma in its name needs double quotes.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    hba_file: hbaFile,
    max_connections: 60,
    default_transaction_read_only: isReadOnly ? 'on' : 'off',

    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_level: 'minimal',
    max_wal_senders: 0,
    min_wal_size: '32MB',
    max_wal_size: '512MB',

    // Four of these share a small machine: 200 MiB together when idle. Of the buffers only what was used takes memory.
    shared_buffers: '64MB',
    wal_buffers: '1MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    effective_cache_size: '512MB',
    huge_pages: 'off',
    jit: 'off',
    max_parallel_workers: 0,
    max_parallel_workers_per_gather: 0,
    max_parallel_maintenance_workers: 0,
    max_logical_replication_workers: 0,
    max_worker_processes: 1,
    autovacuum_max_workers: 2,
    autovacuum_naptime: '10s', // a new database learns soon what its tables hold, and plans by it
    random_page_cost: 1.1,
    ...(major >= 18 ? { io_method: 'sync', autovacuum_worker_slots: 2 } : {}),

    timezone: 'UTC',
    datestyle: 'iso, ymd',
    lc_messages: 'C',

    // Nobody's data in the log: no statements, no parameters, no DETAIL with its values, and no ERROR lines at all,
    // since their text may quote the input. The node reports what failed.
    logging_collector: 'off',
    log_destination: 'stderr',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: -1,
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_checkpoints: 'off',
    log_autovacuum_min_duration: -1,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`);
  return `${[
    '# Written by Bailiwick at each start. Your own settings belong into postgresql.local.conf beside this file.',
    ...lines,
    ...(ownSettings === undefined ? [] : [`include '${ownSettings.replaceAll("'", "''")}'`]),
  ].join('\n')}\n`;
}

/** Only through the socket, whose folder nobody else may enter. */
export const hbaText = 'local all all trust\n';
