/** How each product is connected, in its own words. `{url}` and `{token}` stand for the values, `**` around what is on its screen. */
export interface Guide {
  name: string;
  lead: string;
  steps: string[];
  after: string;
}

export const guides: Record<'entra' | 'okta' | 'google' | 'generic', Guide> = {
  entra: {
    name: 'Microsoft Entra ID',
    lead: 'In the Microsoft Entra admin center, as Application Administrator.',
    steps: [
      'Open **Enterprise apps**, then **New application** and **Create your own application**. Name it, choose **Integrate any other application you don’t find in the gallery (Non-gallery)**, then **Create**.',
      'Open **Provisioning**, then **New configuration** (older screens: **Get started**, **Provisioning Mode** **Automatic**).',
      'Enter the **Tenant URL**: {url}',
      'Enter the **Secret token**: {token}',
      'Choose **Test connection**, then **Create** (or **Save**).',
      'Under **Attribute mapping** keep **userName** as the matching attribute, and map **objectId** to **externalId**.',
      'Under **Users and groups** assign who is provisioned. Groups inside groups are not followed.',
      'Try one person with **Provision on demand**, then choose **Start provisioning**.',
    ],
    after:
      'Entra ID sends changes every 40 minutes. The flag “?aadOptscim062020” behind the URL is welcome, and not needed.',
  },
  okta: {
    name: 'Okta',
    lead: 'In the Okta Admin Console, as application administrator.',
    steps: [
      'Open **Applications**, **Applications**. In the app’s **General** tab choose **Edit** in **App Settings**, set **Provisioning** to **SCIM**, then **Save**. For an app without sign-in take **SCIM 2.0 Test App (OAuth Bearer Token)** from **Browse App Catalog**.',
      'Open the **Provisioning** tab, **Integration**, **Edit**.',
      'Enter the **SCIM connector base URL**: {url}',
      'Enter **Unique identifier field for users**: {userName}',
      'Tick **Push New Users**, **Push Profile Updates** and **Push Groups**.',
      'Set **Authentication Mode** to **HTTP Header**, and enter at **Authorization**, **Bearer**: {token}',
      'Choose **Test Connector Configuration**, then **Save**.',
      'Under **To App** choose **Edit** and enable **Create Users**, **Update User Attributes** and **Deactivate Users**.',
      'Assign people under **Assignments**, and groups under **Push Groups**.',
    ],
    after: 'Okta sends changes at once.',
  },
  google: {
    name: 'Google Workspace',
    lead: 'In the Google Admin console, as super administrator.',
    steps: [
      'Open **Apps**, **Web and mobile apps**, then the SAML app of this service.',
      'Under **Auto-provisioning** choose **Configure auto-provisioning**.',
      'Enter the **Access token**: {token}',
      'Enter the **Endpoint URL**: {url}',
      'Under **Attribute mapping** map the **Username** or **Primary email** to **userName**.',
      'Choose groups under **Provisioning scope**, or leave it empty for all people with the app.',
      'Under **Deprovisioning** choose after how long who leaves is suspended and deleted, then **Finish**.',
      'Turn **Auto-provisioning** to **Active**.',
    ],
    after: 'Google sends people, not groups: put them into security groups here.',
  },
  generic: {
    name: 'Another product',
    lead: 'Whatever speaks SCIM 2.0 (RFC 7643 and RFC 7644).',
    steps: [
      'Enter the base URL, without a slash at its end: {url}',
      'Choose bearer token as authentication (“OAuth bearer token” or “HTTP header”), and enter: {token}',
      'Match people by: {userName}',
      'Send active = false for who leaves, or DELETE; both end sessions and keys at once.',
      'Send members of groups by PATCH when there is a choice: it costs the change, not the group.',
    ],
    after: 'What the server supports is said by ServiceProviderConfig, Schemas and ResourceTypes below the base URL.',
  },
};
