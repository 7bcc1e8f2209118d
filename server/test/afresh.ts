import { vi } from 'vitest';

// Files share a process, which has compiled the libraries; what is of this project each imports for itself.
vi.resetModules();
