import type { components } from '@bailiwick/sdk';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type Action = Schemas['Action'];
export type Address = Schemas['Address'];
export type AuditEntry = Schemas['AuditEntry'];
export type Grant = Schemas['Grant'];
export type ExternalIdentity = Schemas['ListedIdentity'];
export type Group = Schemas['Group'];
export type IdentityProvider = Schemas['IdentityProvider'];
export type IdentityProviderSetUp = Schemas['IdentityProviderSetUp'];
export type Key = Schemas['Key'];
export type Me = Schemas['Me'];
export type OwnRights = Schemas['OwnRights'];
export type Member = Schemas['Member'];
export type Namespace = Schemas['Namespace'];
export type Notice = Schemas['Notice'];
export type Overview = Schemas['Overview'];
export type OutOfStep = Schemas['OutOfStep'];
export type Provisioning = Schemas['Provisioning'];
export type ProviderTest = Schemas['ProviderTest'];
export type ProvisioningCall = Schemas['ProvisioningCall'];
export type ProvisioningHold = Schemas['ProvisioningHold'];
export type ProvisioningToken = Schemas['ProvisioningToken'];
export type Region = Schemas['Region'];
export type ServiceAccount = Schemas['ServiceAccount'];
export type Session = Schemas['Session'];
export type Task = Schemas['Task'];
export type Tenant = Schemas['Tenant'];
export type Topic = Schemas['Topic'];
export type ScimPreview = Schemas['ScimPreview'];
export type UndoPreview = Schemas['UndoPreview'];

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
  totalIsAtLeast: boolean;
}
