/** How a namespace is protected. */
export const protectionText = {
  protection: 'Protection',
  protections: {
    none: 'Whoever holds the right changes it at once. Protect what must not be changed by mistake.',
    name: 'Each change of it, of its gateways, routes, rules and licence asks for its name first.',
    approval:
      'Each change of it, of its gateways, routes, rules and licence asks for its name, and then waits until a second person approves it. So does taking this away.',
  },
  protect: 'Protect this namespace',
  unprotect: 'Stop protecting it',
  nameOnly: 'Ask for its name only',
  approval: 'Want a second person',
  nowApproved: (name: string) => `A second person approves each change of ${name} now.`,
  nowProtected: (name: string) => `${name} is protected.`,
  nowOpen: (name: string) => `${name} is not protected any more.`,
};
