/**
 * How each product is connected for sign-in, in its own words. `{redirectUrl}` and the like stand for values to copy,
 * `**` around what is on its screen.
 */
export interface ProviderGuide {
  lead: string;
  steps: string[];
  after?: string;
}

export const providerGuides: Record<string, ProviderGuide> = {
  'entra.oidc': {
    lead: 'In the Microsoft Entra admin center, as Application Administrator.',
    steps: [
      'Open **App registrations**, then **New registration**. Name it, and keep **Accounts in this organizational directory only**.',
      'Under **Redirect URI** choose **Web** and enter {redirectUrl}, then **Register**.',
      'On **Overview** copy the **Application (client) ID** into “Client ID”, and the **Directory (tenant) ID**: the issuer is https://login.microsoftonline.com/<directory id>/v2.0.',
      'Under **Certificates & secrets**, **Client secrets**, choose **New client secret**. Copy its **Value** (not the Secret ID) into “Client secret”, with the day it **Expires**.',
      'Under **Token configuration** choose **Add optional claim**, **ID**, and tick **email**, **given_name**, **family_name**.',
      'For groups: **Add groups claim**, **Groups assigned to the application**. Entra ID sends the **Object ID** of each group; of all groups it would send none for who is in more than 200.',
      'Under **Authentication**, **Web**, choose **Add URI** and add {logoutUrl}: people come back there when they signed out.',
      'Under **Enterprise applications**, your app, **Properties**, set **Assignment required?** to **Yes**, and assign who may sign in.',
    ],
    after:
      'With SCIM: let accounts be found by their external id, with the claim oid, where provisioning maps objectId to externalId.',
  },
  'entra.saml': {
    lead: 'In the Microsoft Entra admin center, as Application Administrator.',
    steps: [
      'Open **Enterprise apps**, **New application**, **Create your own application**, **Integrate any other application you don’t find in the gallery (Non-gallery)**.',
      'Open **Single sign-on**, choose **SAML**, and edit **Basic SAML Configuration**.',
      'Enter as **Identifier (Entity ID)**: {entityId}',
      'Enter as **Reply URL (Assertion Consumer Service URL)**: {acsUrl}',
      'Enter as **Logout Url**: {logoutUrl}',
      'Under **Attributes & Claims** edit **Unique User Identifier (Name ID)**: **Name identifier format** **Persistent**, **Source attribute** **user.objectid**, which never changes.',
      'Under **SAML Certificates** copy the **App Federation Metadata Url** into “Metadata URL”, or download the **Federation Metadata XML**.',
      'Where memberships follow groups, under **Attributes & Claims** choose **Add a group claim**, **Groups assigned to the application**: of all groups none comes for who is in more than 150.',
      'Assign who may sign in under **Users and groups**.',
    ],
  },
  'okta.oidc': {
    lead: 'In the Okta Admin Console, as application administrator.',
    steps: [
      'Open **Applications**, **Applications**, **Create App Integration**. Choose **OIDC - OpenID Connect** and **Web Application**.',
      'Keep **Authorization Code** as **Grant type**.',
      'Enter as **Sign-in redirect URIs**: {redirectUrl}',
      'Enter as **Sign-out redirect URIs**: {logoutUrl}',
      'Under **Assignments** choose who may sign in, then **Save**.',
      'On the **General** tab copy **Client ID** and the **Client secret**.',
      'The issuer is your Okta domain, such as https://example.okta.com; on the **Sign On** tab it stands under **OpenID Connect ID Token**, **Issuer**.',
      'For groups: on **Sign On**, **OpenID Connect ID Token**, **Edit**, set **Groups claim filter** to **groups**, **Matches regex**, and .*',
    ],
    after: 'To show the app among people’s tiles, set **Initiate login URI** to {startUrl}.',
  },
  'okta.saml': {
    lead: 'In the Okta Admin Console, as application administrator.',
    steps: [
      'Open **Applications**, **Applications**, **Create App Integration**, and choose **SAML 2.0**.',
      'Enter as **Single sign-on URL**: {acsUrl}',
      'Enter as **Audience URI (SP Entity ID)**: {entityId}',
      'Choose as **Name ID format** **Persistent**, and as **Application username** **Custom** with user.getInternalProperty("id"), which never changes.',
      'Under **Attribute Statements** add **email** (user.email), **firstName** (user.firstName), **lastName** (user.lastName), **displayName** (user.displayName), **username** (user.login).',
      'Under **Group Attribute Statements** add **groups**, **Matches regex**, and .*',
      'On the **Sign On** tab copy the **Metadata URL** into “Metadata URL”.',
      'Assign people under **Assignments**.',
    ],
  },
  'google.oidc': {
    lead: 'In the Google Cloud console, in a project of your organisation.',
    steps: [
      'Open **APIs & Services**, **OAuth consent screen** (**Google Auth Platform**), and choose **Internal** as user type.',
      'Open **Credentials** (**Clients**), **Create credentials**, **OAuth client ID**, **Web application**.',
      'Under **Authorized redirect URIs** add {redirectUrl}, then **Create**.',
      'Copy the **Client ID** and the **Client secret**.',
      'The issuer is https://accounts.google.com, and already filled in.',
    ],
    after: 'Google sends no groups, and no preferred_username: the e-mail address is the username.',
  },
  'google.saml': {
    lead: 'In the Google Admin console, as super administrator.',
    steps: [
      'Open **Apps**, **Web and mobile apps**, **Add app**, **Add custom SAML app**.',
      'Under **Google Identity Provider details** choose **Download metadata**, and read the file here.',
      'Enter as **ACS URL**: {acsUrl}',
      'Enter as **Entity ID**: {entityId}',
      'Leave **Signed response** off. Choose as **Name ID format** **PERSISTENT** and as **Name ID** **Basic Information > Primary email**.',
      'Under **Attribute mapping** map **Primary email** to **email**, **First name** to **firstName**, **Last name** to **lastName**; under **Group membership** name the **App attribute** **groups**.',
      'Open **User access** and turn the app **ON** for who may sign in.',
    ],
  },
  'keycloak.oidc': {
    lead: 'In the Keycloak Admin Console, in your realm.',
    steps: [
      'Open **Clients**, **Create client**. Keep **Client type** **OpenID Connect**, and name a **Client ID**: it goes into “Client ID” here.',
      'Turn on **Client authentication**, and keep **Standard flow** alone.',
      'Enter as **Valid redirect URIs**: {redirectUrl}',
      'Enter as **Valid post logout redirect URIs**: {logoutUrl}',
      'On the **Credentials** tab copy the **Client Secret**.',
      'The issuer is https://<host>/realms/<realm>; it stands under **Realm settings**, **OpenID Endpoint Configuration**.',
      'For groups: **Client scopes**, the client’s dedicated scope, **Add mapper**, **By configuration**, **Group Membership**; **Token Claim Name** **groups**, **Full group path** off.',
    ],
  },
  'keycloak.saml': {
    lead: 'In the Keycloak Admin Console, in your realm.',
    steps: [
      'Open **Clients**, **Create client**, and choose **Client type** **SAML**.',
      'Enter as **Client ID**: {entityId}',
      'Enter as **Valid redirect URIs** and as **Master SAML Processing URL**: {acsUrl}',
      'Set **Name ID format** to **persistent**, turn on **Sign assertions**, and turn off **Client signature required** unless requests are signed here.',
      'Under **Client scopes**, the dedicated scope, add the predefined mappers for **email**, **givenName**, **surname**.',
      'The metadata URL is https://<host>/realms/<realm>/protocol/saml/descriptor.',
    ],
  },
  'adfs.oidc': {
    lead: 'In AD FS Management, on Windows Server 2016 or later.',
    steps: [
      'Open **Application Groups**, **Add Application Group**, and choose **Server application accessing a web API**.',
      'Copy the **Client Identifier** into “Client ID”. Enter as **Redirect URI**: {redirectUrl}',
      'Tick **Generate a shared secret** and copy it into “Client secret”.',
      'Under **Configure Web API** enter the client identifier as **Identifier**.',
      'Choose an **Access Control Policy**, then permit the scopes **openid**, **profile**, **email** and **allatclaims**.',
      'In the properties of the Web API, **Issuance Transform Rules**, add **Send LDAP Attributes as Claims** for **E-Mail-Addresses**, **Given-Name**, **Surname**, **Display-Name** and **Token-Groups - Unqualified Names** (as **group**).',
      'The issuer is https://<host>/adfs.',
    ],
    after: 'The host must be reachable from the internet under a public certificate.',
  },
  'adfs.saml': {
    lead: 'In AD FS Management.',
    steps: [
      'Open **Relying Party Trusts**, **Add Relying Party Trust**, **Claims aware**.',
      'Choose **Import data about the relying party published online** and enter {metadataUrl} or, by hand, the next two.',
      '**Relying party SAML 2.0 SSO service URL**: {acsUrl}',
      '**Relying party trust identifier**: {entityId}',
      'Under **Edit Claim Issuance Policy** add **Send LDAP Attributes as Claims** for **E-Mail-Addresses**, **Given-Name**, **Surname**, **Display-Name**, and **Transform an Incoming Claim** that sends a **Name ID** of the format **Persistent Identifier**.',
      'The metadata URL is https://<host>/FederationMetadata/2007-06/FederationMetadata.xml.',
    ],
  },
  'generic.oidc': {
    lead: 'Whatever speaks OpenID Connect with discovery.',
    steps: [
      'Register a confidential web client with the authorisation code flow and PKCE (S256).',
      'Allow exactly this redirect URI: {redirectUrl}',
      'Allow this as address after a sign-out: {logoutUrl}',
      'Enter issuer, client ID and client secret here. The discovery document must be at <issuer>/.well-known/openid-configuration.',
      'Let the ID token or the user info carry email, name, given_name, family_name and, for memberships, groups.',
    ],
    after: 'ID tokens are accepted with RS256, PS256, ES256 and EdDSA.',
  },
  'generic.oauth2': {
    lead: 'Whatever speaks OAuth 2.0 and has a page that tells about the user. Take OpenID Connect where there is a choice: here nothing is signed.',
    steps: [
      'Register a web application with the authorisation code flow.',
      'Allow exactly this redirect URI: {redirectUrl}',
      'Enter its three addresses here: authorisation, access token and user info.',
      'Enter client ID and client secret, and the scopes that user info needs.',
      'Under “Attributes” name the field of user info that never changes of a person, such as id. Never the e-mail address.',
    ],
  },
  'generic.saml': {
    lead: 'Whatever speaks SAML 2.0 (Web Browser SSO).',
    steps: [
      'Import our metadata from {metadataUrl} or enter the next two by hand.',
      'Entity ID of the service provider: {entityId}',
      'Assertion consumer service, HTTP-POST: {acsUrl}',
      'Sign assertions with RSA-SHA256 or stronger; the audience is our entity ID.',
      'Send a NameID that never changes of a person: persistent.',
      'Enter its metadata here by address or file, or its entity ID, single sign-on URL and certificate.',
    ],
  },
};
