import type { providerGuides as english } from './en.provider-guides.ts';

export type { ProviderGuide } from './en.provider-guides.ts';

/** Was auf den Bildschirmen der Produkte steht, bleibt in deren Sprache. */
export const providerGuides: typeof english = {
  'entra.oidc': {
    lead: 'Im Microsoft Entra Admin Center, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **App registrations**, dann **New registration**. Geben Sie einen Namen ein, und behalten Sie **Accounts in this organizational directory only**.',
      'Wählen Sie unter **Redirect URI** **Web**, geben Sie {redirectUrl} ein, dann **Register**.',
      'Kopieren Sie von **Overview** die **Application (client) ID** in „Client-ID“ und die **Directory (tenant) ID**: Der Issuer ist https://login.microsoftonline.com/<directory id>/v2.0.',
      'Wählen Sie unter **Certificates & secrets**, **Client secrets** **New client secret**. Kopieren Sie seinen **Value** (nicht die Secret ID) in „Client Secret“, mit dem Tag, an dem es abläuft (**Expires**).',
      'Wählen Sie unter **Token configuration** **Add optional claim**, **ID**, und kreuzen Sie **email**, **given_name**, **family_name** an.',
      'Für Gruppen: **Add groups claim**, **Groups assigned to the application**. Entra ID schickt die **Object ID** jeder Gruppe; von allen Gruppen schickte es für jemanden in mehr als 200 keine.',
      'Wählen Sie unter **Authentication**, **Web**, **Add URI** und fügen Sie {logoutUrl} hinzu: Dorthin kommt zurück, wer sich abgemeldet hat.',
      'Setzen Sie unter **Enterprise applications**, Ihre App, **Properties** **Assignment required?** auf **Yes**, und weisen Sie zu, wer sich anmelden darf.',
    ],
    after:
      'Mit SCIM: Lassen Sie Konten durch ihre externe Id finden, mit dem Claim oid, wo die Bereitstellung objectId externalId zuordnet.',
  },
  'entra.saml': {
    lead: 'Im Microsoft Entra Admin Center, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **Enterprise apps**, **New application**, **Create your own application**, **Integrate any other application you don’t find in the gallery (Non-gallery)**.',
      'Öffnen Sie **Single sign-on**, wählen Sie **SAML**, und bearbeiten Sie **Basic SAML Configuration**.',
      'Geben Sie als **Identifier (Entity ID)** ein: {entityId}',
      'Geben Sie als **Reply URL (Assertion Consumer Service URL)** ein: {acsUrl}',
      'Geben Sie als **Logout Url** ein: {logoutUrl}',
      'Bearbeiten Sie unter **Attributes & Claims** den **Unique User Identifier (Name ID)**: **Name identifier format** **Persistent**, **Source attribute** **user.objectid**, die sich nie ändert.',
      'Kopieren Sie unter **SAML Certificates** die **App Federation Metadata Url** in „Metadaten-URL“, oder laden Sie **Federation Metadata XML** herunter.',
      'Wo Mitgliedschaften den Gruppen folgen, wählen Sie unter **Attributes & Claims** **Add a group claim**, **Groups assigned to the application**: Von allen Gruppen kommt für jemanden in mehr als 150 keine.',
      'Weisen Sie unter **Users and groups** zu, wer sich anmelden darf.',
    ],
  },
  'okta.oidc': {
    lead: 'In der Okta Admin Console, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **Applications**, **Applications**, **Create App Integration**. Wählen Sie **OIDC - OpenID Connect** und **Web Application**.',
      'Behalten Sie **Authorization Code** als **Grant type**.',
      'Geben Sie als **Sign-in redirect URIs** ein: {redirectUrl}',
      'Geben Sie als **Sign-out redirect URIs** ein: {logoutUrl}',
      'Wählen Sie unter **Assignments**, wer sich anmelden darf, dann **Save**.',
      'Kopieren Sie vom Reiter **General** die **Client ID** und das **Client secret**.',
      'Der Issuer ist Ihre Okta-Domain, etwa https://example.okta.com; auf dem Reiter **Sign On** steht er unter **OpenID Connect ID Token**, **Issuer**.',
      'Für Gruppen: Setzen Sie auf **Sign On**, **OpenID Connect ID Token**, **Edit** den **Groups claim filter** auf **groups**, **Matches regex** und .*',
    ],
    after: 'Damit die App unter den Kacheln erscheint, setzen Sie **Initiate login URI** auf {startUrl}.',
  },
  'okta.saml': {
    lead: 'In der Okta Admin Console, als Anwendungsadministrator.',
    steps: [
      'Öffnen Sie **Applications**, **Applications**, **Create App Integration**, und wählen Sie **SAML 2.0**.',
      'Geben Sie als **Single sign-on URL** ein: {acsUrl}',
      'Geben Sie als **Audience URI (SP Entity ID)** ein: {entityId}',
      'Wählen Sie als **Name ID format** **Persistent** und als **Application username** **Custom** mit user.getInternalProperty("id"), das sich nie ändert.',
      'Fügen Sie unter **Attribute Statements** hinzu: **email** (user.email), **firstName** (user.firstName), **lastName** (user.lastName), **displayName** (user.displayName), **username** (user.login).',
      'Fügen Sie unter **Group Attribute Statements** **groups** hinzu, **Matches regex** und .*',
      'Kopieren Sie vom Reiter **Sign On** die **Metadata URL** in „Metadaten-URL“.',
      'Weisen Sie Personen unter **Assignments** zu.',
    ],
  },
  'google.oidc': {
    lead: 'In der Google Cloud Console, in einem Projekt Ihrer Organisation.',
    steps: [
      'Öffnen Sie **APIs & Services**, **OAuth consent screen** (**Google Auth Platform**), und wählen Sie **Internal** als Benutzertyp.',
      'Öffnen Sie **Credentials** (**Clients**), **Create credentials**, **OAuth client ID**, **Web application**.',
      'Fügen Sie unter **Authorized redirect URIs** {redirectUrl} hinzu, dann **Create**.',
      'Kopieren Sie die **Client ID** und das **Client secret**.',
      'Der Issuer ist https://accounts.google.com und schon ausgefüllt.',
    ],
    after: 'Google schickt keine Gruppen und kein preferred_username: Die E-Mail-Adresse ist der Benutzername.',
  },
  'google.saml': {
    lead: 'In der Google-Admin-Konsole, als Super Admin.',
    steps: [
      'Öffnen Sie **Apps**, **Web and mobile apps**, **Add app**, **Add custom SAML app**.',
      'Wählen Sie unter **Google Identity Provider details** **Download metadata**, und lesen Sie die Datei hier ein.',
      'Geben Sie als **ACS URL** ein: {acsUrl}',
      'Geben Sie als **Entity ID** ein: {entityId}',
      'Lassen Sie **Signed response** aus. Wählen Sie als **Name ID format** **PERSISTENT** und als **Name ID** **Basic Information > Primary email**.',
      'Ordnen Sie unter **Attribute mapping** **Primary email** **email** zu, **First name** **firstName**, **Last name** **lastName**; nennen Sie unter **Group membership** das **App attribute** **groups**.',
      'Öffnen Sie **User access**, und schalten Sie die App für alle, die sich anmelden dürfen, auf **ON**.',
    ],
  },
  'keycloak.oidc': {
    lead: 'In der Keycloak Admin Console, in Ihrem Realm.',
    steps: [
      'Öffnen Sie **Clients**, **Create client**. Behalten Sie **Client type** **OpenID Connect**, und wählen Sie eine **Client ID**: Sie kommt hier in „Client-ID“.',
      'Schalten Sie **Client authentication** ein, und behalten Sie allein **Standard flow**.',
      'Geben Sie als **Valid redirect URIs** ein: {redirectUrl}',
      'Geben Sie als **Valid post logout redirect URIs** ein: {logoutUrl}',
      'Kopieren Sie vom Reiter **Credentials** das **Client Secret**.',
      'Der Issuer ist https://<host>/realms/<realm>; er steht unter **Realm settings**, **OpenID Endpoint Configuration**.',
      'Für Gruppen: **Client scopes**, der eigene Scope des Clients, **Add mapper**, **By configuration**, **Group Membership**; **Token Claim Name** **groups**, **Full group path** aus.',
    ],
  },
  'keycloak.saml': {
    lead: 'In der Keycloak Admin Console, in Ihrem Realm.',
    steps: [
      'Öffnen Sie **Clients**, **Create client**, und wählen Sie **Client type** **SAML**.',
      'Geben Sie als **Client ID** ein: {entityId}',
      'Geben Sie als **Valid redirect URIs** und als **Master SAML Processing URL** ein: {acsUrl}',
      'Setzen Sie **Name ID format** auf **persistent**, schalten Sie **Sign assertions** ein und **Client signature required** aus, wenn Anfragen hier nicht signiert werden.',
      'Fügen Sie unter **Client scopes** im eigenen Scope die fertigen Mapper für **email**, **givenName**, **surname** hinzu.',
      'Die Metadaten-URL ist https://<host>/realms/<realm>/protocol/saml/descriptor.',
    ],
  },
  'adfs.oidc': {
    lead: 'In der AD-FS-Verwaltung, auf Windows Server 2016 oder neuer.',
    steps: [
      'Öffnen Sie **Application Groups**, **Add Application Group**, und wählen Sie **Server application accessing a web API**.',
      'Kopieren Sie den **Client Identifier** in „Client-ID“. Geben Sie als **Redirect URI** ein: {redirectUrl}',
      'Kreuzen Sie **Generate a shared secret** an, und kopieren Sie es in „Client Secret“.',
      'Geben Sie unter **Configure Web API** den Client Identifier als **Identifier** ein.',
      'Wählen Sie eine **Access Control Policy**, dann erlauben Sie die Scopes **openid**, **profile**, **email** und **allatclaims**.',
      'Fügen Sie in den Eigenschaften der Web API, **Issuance Transform Rules**, **Send LDAP Attributes as Claims** hinzu, für **E-Mail-Addresses**, **Given-Name**, **Surname**, **Display-Name** und **Token-Groups - Unqualified Names** (als **group**).',
      'Der Issuer ist https://<host>/adfs.',
    ],
    after: 'Der Host muss aus dem Internet erreichbar sein, mit einem öffentlichen Zertifikat.',
  },
  'adfs.saml': {
    lead: 'In der AD-FS-Verwaltung.',
    steps: [
      'Öffnen Sie **Relying Party Trusts**, **Add Relying Party Trust**, **Claims aware**.',
      'Wählen Sie **Import data about the relying party published online**, und geben Sie {metadataUrl} ein, oder geben Sie die nächsten beiden von Hand ein.',
      '**Relying party SAML 2.0 SSO service URL**: {acsUrl}',
      '**Relying party trust identifier**: {entityId}',
      'Fügen Sie unter **Edit Claim Issuance Policy** **Send LDAP Attributes as Claims** hinzu, für **E-Mail-Addresses**, **Given-Name**, **Surname**, **Display-Name**, und **Transform an Incoming Claim**, das eine **Name ID** im Format **Persistent Identifier** schickt.',
      'Die Metadaten-URL ist https://<host>/FederationMetadata/2007-06/FederationMetadata.xml.',
    ],
  },
  'generic.oidc': {
    lead: 'Was immer OpenID Connect mit Discovery spricht.',
    steps: [
      'Registrieren Sie einen vertraulichen Web-Client mit dem Authorization Code Flow und PKCE (S256).',
      'Erlauben Sie genau diese Redirect-URI: {redirectUrl}',
      'Erlauben Sie dies als Adresse nach dem Abmelden: {logoutUrl}',
      'Geben Sie hier Issuer, Client-ID und Client Secret ein. Das Discovery-Dokument muss unter <issuer>/.well-known/openid-configuration liegen.',
      'Lassen Sie das ID-Token oder die User-Info email, name, given_name, family_name tragen und, für Mitgliedschaften, groups.',
    ],
    after: 'ID-Tokens werden mit RS256, PS256, ES256 und EdDSA angenommen.',
  },
  'generic.oauth2': {
    lead: 'Was immer OAuth 2.0 spricht und eine Seite hat, die von der Person erzählt. Nehmen Sie OpenID Connect, wo Sie die Wahl haben: Hier ist nichts signiert.',
    steps: [
      'Registrieren Sie eine Web-Anwendung mit dem Authorization Code Flow.',
      'Erlauben Sie genau diese Redirect-URI: {redirectUrl}',
      'Geben Sie hier ihre drei Adressen ein: Autorisierung, Access Token und User-Info.',
      'Geben Sie Client-ID und Client Secret ein, und die Scopes, die die User-Info braucht.',
      'Nennen Sie unter „Attribute“ das Feld der User-Info, das sich an einer Person nie ändert, etwa id. Nie die E-Mail-Adresse.',
    ],
  },
  'generic.saml': {
    lead: 'Was immer SAML 2.0 spricht (Web Browser SSO).',
    steps: [
      'Lesen Sie unsere Metadaten von {metadataUrl} ein, oder geben Sie die nächsten beiden von Hand ein.',
      'Entity-ID des Service Providers: {entityId}',
      'Assertion Consumer Service, HTTP-POST: {acsUrl}',
      'Signieren Sie Assertions mit RSA-SHA256 oder stärker; die Audience ist unsere Entity-ID.',
      'Schicken Sie eine NameID, die sich an einer Person nie ändert: persistent.',
      'Geben Sie hier die Metadaten durch Adresse oder Datei ein, oder Entity-ID, Single-Sign-on-URL und Zertifikat.',
    ],
  },
};
