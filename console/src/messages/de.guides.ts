import type { guides as english } from './en.guides.ts';

export type { Guide } from './en.guides.ts';

/** Was auf den Bildschirmen der Produkte steht, bleibt in deren Sprache. */
export const guides: typeof english = {
  entra: {
    name: 'Microsoft Entra ID',
    lead: 'Im Microsoft Entra Admin Center, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **Enterprise apps**, dann **New application** und **Create your own application**. Geben Sie einen Namen ein, wählen Sie **Integrate any other application you don’t find in the gallery (Non-gallery)**, dann **Create**.',
      'Öffnen Sie **Provisioning**, dann **New configuration** (ältere Oberfläche: **Get started**, **Provisioning Mode** **Automatic**).',
      'Geben Sie als **Tenant URL** ein: {url}',
      'Geben Sie als **Secret token** ein: {token}',
      'Wählen Sie **Test connection**, dann **Create** (oder **Save**).',
      'Behalten Sie unter **Attribute mapping** **userName** als Vergleichsattribut, und ordnen Sie **objectId** **externalId** zu.',
      'Weisen Sie unter **Users and groups** zu, wer bereitgestellt wird. Gruppen in Gruppen werden nicht verfolgt.',
      'Versuchen Sie es mit einer Person durch **Provision on demand**, dann wählen Sie **Start provisioning**.',
    ],
    after:
      'Entra ID schickt Änderungen alle 40 Minuten. Der Zusatz „?aadOptscim062020“ hinter der URL ist willkommen und nicht nötig.',
  },
  okta: {
    name: 'Okta',
    lead: 'In der Okta Admin Console, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **Applications**, **Applications**. Wählen Sie auf dem Reiter **General** der App bei **App Settings** **Edit**, setzen Sie **Provisioning** auf **SCIM**, dann **Save**. Für eine App ohne Anmeldung nehmen Sie **SCIM 2.0 Test App (OAuth Bearer Token)** aus **Browse App Catalog**.',
      'Öffnen Sie den Reiter **Provisioning**, **Integration**, **Edit**.',
      'Geben Sie als **SCIM connector base URL** ein: {url}',
      'Geben Sie als **Unique identifier field for users** ein: {userName}',
      'Kreuzen Sie **Push New Users**, **Push Profile Updates** und **Push Groups** an.',
      'Setzen Sie **Authentication Mode** auf **HTTP Header**, und geben Sie bei **Authorization**, **Bearer** ein: {token}',
      'Wählen Sie **Test Connector Configuration**, dann **Save**.',
      'Wählen Sie unter **To App** **Edit** und schalten Sie **Create Users**, **Update User Attributes** und **Deactivate Users** ein.',
      'Weisen Sie Personen unter **Assignments** zu und Gruppen unter **Push Groups**.',
    ],
    after: 'Okta schickt Änderungen sofort.',
  },
  google: {
    name: 'Google Workspace',
    lead: 'In der Google-Admin-Konsole, als Super Admin.',
    steps: [
      'Öffnen Sie **Apps**, **Web and mobile apps**, dann die SAML-App dieses Dienstes.',
      'Wählen Sie unter **Auto-provisioning** **Configure auto-provisioning**.',
      'Geben Sie das **Access token** ein: {token}',
      'Geben Sie die **Endpoint URL** ein: {url}',
      'Ordnen Sie unter **Attribute mapping** **Username** oder **Primary email** **userName** zu.',
      'Wählen Sie Gruppen unter **Provisioning scope**, oder lassen Sie es leer für alle Personen mit der App.',
      'Wählen Sie unter **Deprovisioning**, nach welcher Zeit, wer geht, gesperrt und gelöscht wird, dann **Finish**.',
      'Stellen Sie **Auto-provisioning** auf **Active**.',
    ],
    after: 'Google schickt Personen, keine Gruppen: Nehmen Sie sie hier in Sicherheitsgruppen auf.',
  },
  generic: {
    name: 'Ein anderes Produkt',
    lead: 'Was immer SCIM 2.0 spricht (RFC 7643 und RFC 7644).',
    steps: [
      'Geben Sie die Basis-URL ein, ohne Schrägstrich am Ende: {url}',
      'Wählen Sie als Authentifizierung ein Bearer-Token („OAuth bearer token“ oder „HTTP header“), und geben Sie ein: {token}',
      'Vergleichen Sie Personen durch: {userName}',
      'Schicken Sie active = false für den, der geht, oder DELETE; beide beenden Sitzungen und Schlüssel sofort.',
      'Schicken Sie Mitglieder von Gruppen mit PATCH, wo Sie die Wahl haben: Es kostet die Änderung, nicht die Gruppe.',
    ],
    after: 'Was der Server kann, sagen ServiceProviderConfig, Schemas und ResourceTypes unter der Basis-URL.',
  },
};
