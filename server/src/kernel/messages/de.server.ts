import type { serverText as English, written as inEnglish } from './en.server.ts';

/** By the English words that the server says; `{0}` stands for what it puts there, which is looked up here as well. */
export const serverText: typeof English = {
  // topics and permissions
  Tenant: 'Mandant',
  'See the profile': 'Profil sehen',
  'Change names, identifiers, contacts and addresses': 'Namen, Kennungen, Kontakte und Adressen ändern',
  'Close the tenant and restore it within its grace':
    'Den Mandanten schließen und innerhalb der Frist wiederherstellen',
  Accounts: 'Konten',
  'See accounts and their sessions': 'Konten und ihre Sitzungen sehen',
  'Invite, change, enable and disable accounts and end their sessions':
    'Konten einladen, ändern, freigeben und sperren und ihre Sitzungen beenden',
  'Delete accounts': 'Konten löschen',
  'Security groups': 'Sicherheitsgruppen',
  'See groups, members and grants': 'Gruppen, Mitglieder und ihre Rechte sehen',
  'Change groups, members and grants': 'Gruppen, Mitglieder und ihre Rechte ändern',
  'Ask what others may do, for software that decides by it':
    'Fragen, was andere dürfen, für Programme, die danach entscheiden',
  'Identity providers': 'Identitätsanbieter',
  'See identity providers': 'Identitätsanbieter sehen',
  'Change identity providers': 'Identitätsanbieter ändern',
  Provisioning: 'Bereitstellung',
  'See provisioning and its tokens': 'Bereitstellung und ihre Token sehen',
  'Pause, resume and revoke tokens': 'Token anhalten, fortsetzen und widerrufen',
  'Issue and rotate tokens': 'Token ausstellen und wechseln',
  Namespaces: 'Namensräume',
  'See namespaces': 'Namensräume sehen',
  'Make, change, delete and restore namespaces': 'Namensräume anlegen, ändern, löschen und wiederherstellen',
  'Reset agent and service keys': 'Schlüssel von Agenten und Diensten erneuern',
  'Approve what others ask for in a protected namespace':
    'Zustimmen, worum andere in einem geschützten Namensraum bitten',
  Gateways: 'Gateways',
  'See gateways': 'Gateways sehen',
  'Change gateways': 'Gateways ändern',
  Licences: 'Lizenzen',
  'See licences and usage': 'Lizenzen und Nutzung sehen',
  'Change licences': 'Lizenzen ändern',
  Integrations: 'Integrationen',
  'See service accounts and event streams': 'Dienstkonten und Ereignisströme sehen',
  'Change service accounts and event streams': 'Dienstkonten und Ereignisströme ändern',
  'Issue keys of service accounts': 'Schlüssel von Dienstkonten ausstellen',
  'Partner access': 'Partnerzugriff',
  'See partner access': 'Partnerzugriff sehen',
  'Approve, narrow and end partner access': 'Partnerzugriff zustimmen, ihn einengen und beenden',
  'Audit log': 'Audit-Protokoll',
  'Read the audit log': 'Das Audit-Protokoll lesen',
  'Export the audit log': 'Das Audit-Protokoll exportieren',
  Logging: 'Protokollierung',
  'Read gateway transactions': 'Transaktionen der Gateways lesen',
  'Change retention of gateway transactions': 'Aufbewahrung der Transaktionen der Gateways ändern',
  // access
  'must be named, or operation instead of it': 'muss genannt werden, oder statt dessen operation',
  'must be the id of an operation that needs a permission':
    'muss die Kennung eines Vorgangs sein, der ein Recht braucht',
  'The account is enabled.': 'Das Konto ist freigegeben.',
  'The account is not enabled.': 'Das Konto ist nicht freigegeben.',
  'Invite the person again; they accept the invitation.':
    'Laden Sie die Person erneut ein; sie nimmt die Einladung an.',
  'The person accepts the invitation, or sets the account up with it.':
    'Die Person nimmt die Einladung an oder richtet damit ihr Konto ein.',
  'Enable the account.': 'Geben Sie das Konto frei.',
  'The service account is enabled.': 'Das Dienstkonto ist freigegeben.',
  'The service account is disabled.': 'Das Dienstkonto ist gesperrt.',
  'Enable the service account.': 'Geben Sie das Dienstkonto frei.',
  'It is not revoked.': 'Es ist nicht widerrufen.',
  'It is revoked, for good. Issue another one.': 'Es ist endgültig widerrufen. Stellen Sie ein anderes aus.',
  'It has not expired.': 'Es ist nicht abgelaufen.',
  'It has expired. Issue another one.': 'Es ist abgelaufen. Stellen Sie ein anderes aus.',
  'It is not paused.': 'Es ist nicht angehalten.',
  'It is paused.': 'Es ist angehalten.',
  'Resume it.': 'Setzen Sie es fort.',
  'Its namespace is there.': 'Sein Namensraum ist da.',
  'Its namespace is deleted.': 'Sein Namensraum ist gelöscht.',
  'Its own organisation lets it in.': 'Seine eigene Organisation lässt ihn ein.',
  'Nothing lets it in now: the invitation or partner access is over, it left the group that was let in, or at home the account, its group or the tenant is disabled.':
    'Nichts lässt ihn jetzt ein: Die Einladung oder der Partnerzugriff ist vorbei, er hat die eingelassene Gruppe verlassen, oder zu Hause ist das Konto, seine Gruppe oder der Mandant gesperrt.',
  'Partner access is open.': 'Der Partnerzugriff ist offen.',
  'Partner access is stopped: an owner of this tenant lets no partner in.':
    'Der Partnerzugriff ist angehalten: Ein Eigentümer dieses Mandanten lässt keinen Partner ein.',
  'An owner lets partners in again.': 'Ein Eigentümer lässt Partner wieder ein.',
  'The person asks for an activation, and it is approved.':
    'Die Person bittet um eine Freischaltung, und sie wird genehmigt.',
  'Its own organisation does not answer now, and without its word nobody is let in.':
    'Die eigene Organisation antwortet gerade nicht, und ohne ihr Wort wird niemand eingelassen.',
  'names nobody, and no key or token': 'nennt niemanden und keinen Schlüssel oder Token',
  'It opens {0} and nothing else.': 'Es öffnet {0} und sonst nichts.',
  'The tenant is {0}.': 'Der Mandant ist {0}.',
  'The tenant is {0}, which does not let this through.': 'Der Mandant ist {0} und lässt das nicht durch.',
  'An owner restores the tenant.': 'Ein Eigentümer stellt den Mandanten wieder her.',
  'must name the activation': 'muss die Nutzung nennen',
  'The licences leave a seat free.': 'Die Lizenzen lassen einen Platz frei.',
  'The licences leave no seat free.': 'Die Lizenzen lassen keinen Platz frei.',
  'The licences leave no seat free, so it can be done of accounts only that have theirs already.':
    'Die Lizenzen lassen keinen Platz frei; möglich ist es nur bei Konten, die ihren Platz schon haben.',
  'Disable an account that is not needed, or have the licences allow more.':
    'Deaktivieren Sie ein Konto, das nicht gebraucht wird, oder lassen Sie die Lizenzen mehr erlauben.',
  'The operator of the platform resumes the tenant.': 'Der Betreiber der Plattform gibt den Mandanten wieder frei.',
  'It must come from a network that the tenant allows.': 'Es muss aus einem Netz kommen, das der Mandant zulässt.',
  'The person must have proved within 15 minutes to be there.':
    'Die Person muss innerhalb der letzten 15 Minuten nachgewiesen haben, dass sie da ist.',
  'Grant {0}{1} to the group {2}.': 'Geben Sie der Gruppe {2} das Recht {0}{1}.',
  'Enable the group {0}.': 'Geben Sie die Gruppe {0} frei.',
  'Add the person to the group {0}.': 'Fügen Sie die Person der Gruppe {0} hinzu.',
  'Have the identity provider add the person to the group {0}.':
    'Lassen Sie den Identitätsanbieter die Person in die Gruppe {0} aufnehmen.',
  'Add it to the group {0}.': 'Fügen Sie es der Gruppe {0} hinzu.',
  'Somebody who may change groups adds it to one that gives this, or makes one that does.':
    'Wer Gruppen ändern darf, nimmt es in eine auf, die dies gibt, oder legt eine an.',
  'This needs the permission groups.view. Without it, ask about yourself.':
    'Dafür ist das Recht groups.view nötig. Ohne sie können Sie nach sich selbst fragen.',
  'names no namespace, and not this tenant': 'nennt keinen Namensraum und nicht diesen Mandanten',

  // accounts
  'is missing': 'fehlt',
  'must not mix letters of several scripts': 'darf nicht Buchstaben mehrerer Schriften mischen',
  'An account of this tenant has this e-mail address already.':
    'Ein Konto dieses Mandanten hat diese E-Mail-Adresse schon.',
  'An account of this tenant has this username already.': 'Ein Konto dieses Mandanten hat diesen Benutzernamen schon.',
  'Another address was asked for many times within the hour. Wait, then ask again.':
    'In dieser Stunde wurde schon oft eine andere Adresse verlangt. Warten Sie, dann versuchen Sie es noch einmal.',
  'This address was written to many times within the hour. Wait, then send another mail.':
    'An diese Adresse wurde in dieser Stunde schon oft geschrieben. Warten Sie, dann senden Sie eine weitere Nachricht.',
  'The account has this e-mail address.': 'Das Konto hat diese E-Mail-Adresse.',
  'No other e-mail address waits to be confirmed.': 'Es wartet keine andere E-Mail-Adresse auf Bestätigung.',
  'This person was invited many times within the hour. Wait, then send another.':
    'Diese Person wurde in dieser Stunde schon oft eingeladen. Warten Sie, dann senden Sie eine weitere Einladung.',
  'This tenant sent very many invitations within the hour. Wait, then go on.':
    'Dieser Mandant hat in dieser Stunde sehr viele Einladungen gesendet. Warten Sie, dann geht es weiter.',
  'The invitation was accepted. Enable the account instead.':
    'Die Einladung wurde angenommen. Geben Sie stattdessen das Konto frei.',
  'An owner of this tenant has accepted already. Ask an owner to invite others; nobody needs the operator for it.':
    'Ein Eigentümer dieses Mandanten hat schon angenommen. Bitten Sie einen Eigentümer, andere einzuladen; der Betreiber wird dafür nicht gebraucht.',
  'This link is not valid any more: it was used, replaced or is too old. Ask for another.':
    'Dieser Link gilt nicht mehr: Er wurde benutzt, ersetzt oder ist zu alt. Fordern Sie einen anderen an.',
  'has a column {0}; the first line must name columns of {1}':
    'hat eine Spalte {0}; die erste Zeile muss Spalten aus dieser Liste nennen: {1}',
  'has the column {0} twice': 'hat die Spalte {0} doppelt',
  'names nobody: below the line of column names comes a line for each person':
    'nennt niemanden: Unter der Zeile mit den Spaltennamen steht für jede Person eine Zeile',
  'names {0} people; at most 5,000 go at once. Split it':
    'nennt {0} Personen; auf einmal gehen höchstens 5.000. Teilen Sie die Datei',
  'The line has more fields than there are columns.': 'Die Zeile hat mehr Felder, als es Spalten gibt.',
  'There is no group {0}. Make it first, or correct the name.':
    'Es gibt keine Gruppe {0}. Legen Sie sie zuerst an, oder berichtigen Sie den Namen.',
  'It {0}.': 'Es {0}.',
  'This is your own account. {0} it by itself, if you mean it.':
    'Das ist Ihr eigenes Konto. Nehmen Sie es einzeln vor, wenn Sie es so meinen.',
  'It is enabled already.': 'Es ist schon freigegeben.',
  'It is disabled already.': 'Es ist schon gesperrt.',
  'It is a member already.': 'Es ist schon Mitglied.',
  'The result names accounts, so this needs the permission accounts.view too.':
    'Das Ergebnis nennt Konten, deshalb ist auch das Recht accounts.view nötig.',
  'names an account that does not exist': 'nennt ein Konto, das es nicht gibt',
  'names a group that does not exist': 'nennt eine Gruppe, die es nicht gibt',
  'names a service account that does not exist': 'nennt ein Dienstkonto, das es nicht gibt',
  'The file holds the account, so this needs the permission accounts.view too.':
    'Die Datei enthält das Konto, deshalb ist auch das Recht accounts.view nötig.',
  'This account is in the Owner Group. Provisioning never takes over an owner.':
    'Dieses Konto ist in der Eigentümergruppe. Die Bereitstellung übernimmt nie einen Eigentümer.',
  'This account has another username than the user of the identity provider. Give one of them the name of the other, or delete the account.':
    'Dieses Konto hat einen anderen Benutzernamen als der Benutzer des Identitätsanbieters. Geben Sie einem von beiden den Namen des anderen, oder löschen Sie das Konto.',
  'This address is one of an account of provisioning, which is no usable owner.':
    'Diese Adresse gehört zu einem Konto der Bereitstellung, das kein brauchbarer Eigentümer ist.',
  'The operator of the platform wanted to let you in as an owner of this organisation, which you are. Sign in as before, or ask for a new password at the sign-in page.':
    'Der Betreiber der Plattform wollte Sie als Eigentümer dieser Organisation einlassen; das sind Sie schon. Melden Sie sich an wie bisher, oder fordern Sie auf der Anmeldeseite ein neues Passwort an.',
  'must name at least one field to change': 'muss mindestens ein Feld nennen, das sich ändern soll',
  'must be words, separated by commas': 'müssen Wörter sein, durch Kommas getrennt',
  'must name ids or filter, one of them': 'muss entweder ids oder filter nennen',
  'must not be empty': 'darf nicht leer sein',
  'must have at most 1 MiB': 'darf höchstens 1 MiB haben',
  'This account is managed by provisioning (SCIM). Change it there.':
    'Dieses Konto wird von der Bereitstellung (SCIM) verwaltet. Ändern Sie es dort.',
  'This is an owner. Only an owner may do this.': 'Das ist ein Eigentümer. Nur ein Eigentümer darf das.',
  'It is enabled.': 'Es ist freigegeben.',
  'It is disabled.': 'Es ist gesperrt.',
  'The invitation was accepted.': 'Die Einladung wurde angenommen.',
  'Disable the account, then delete it.': 'Sperren Sie das Konto, dann löschen Sie es.',
  'Disable the account, then erase it.': 'Sperren Sie das Konto, dann tilgen Sie es.',
  'Provisioning (SCIM) brought this account; its e-mail address is changed there.':
    'Die Bereitstellung (SCIM) hat dieses Konto gebracht; seine E-Mail-Adresse wird dort geändert.',
  'The invitation was never accepted.': 'Die Einladung wurde nie angenommen.',
  'This account has no e-mail address.': 'Dieses Konto hat keine E-Mail-Adresse.',
  '{0} Invite again; accepting shows the address.':
    '{0} Laden Sie noch einmal ein; das Annehmen weist die Adresse nach.',

  // audit
  'must be ids of tenants, separated by commas': 'müssen Kennungen von Mandanten sein, durch Kommas getrennt',
  'must be ids of operations, separated by commas': 'müssen Kennungen von Vorgängen sein, durch Kommas getrennt',
  'must be a kind of object': 'muss eine Art von Objekt sein',

  // credentials
  'must be in the future': 'muss in der Zukunft liegen',
  'must be at most {0} days from now': 'darf höchstens {0} Tage in der Zukunft liegen',
  'There may be {0} live ones at a time, and there are. Revoke a {1} first.':
    'Es darf nur {0} gültige gleichzeitig geben, und so viele gibt es. Widerrufen Sie zuerst einen davon ({1}).',
  'This {0} is {1}. Only one that is {2} can be {3}.':
    '{0}: Der Zustand ist „{1}“. Nur im Zustand „{2}“ lässt sich das tun.',
  'The one before it is still valid. Cancel that rotation, or let it end first.':
    'Der Vorgänger gilt noch. Brechen Sie jenen Wechsel ab, oder warten Sie, bis er endet.',
  'This {0} is not being rotated, or its overlap is over.':
    '{0}: Es läuft kein Wechsel, oder seine Überlappung ist vorbei.',
  'An older {0} is valid until {1}. Wait for it, or reset without an overlap.':
    'Ein älterer gilt noch bis {1} ({0}). Warten Sie darauf, oder setzen Sie ohne Überlappung zurück.',

  // device-sign-in
  'must be a device code': 'muss ein Gerätecode sein',
  'must be letters, such as WDJB-MJHT': 'müssen Buchstaben sein, etwa WDJB-MJHT',
  'The code is used, refused or too old, or who allowed it has signed out. Begin again.':
    'Der Code ist benutzt, abgelehnt oder zu alt, oder wer ihn erlaubt hat, hat sich abgemeldet. Beginnen Sie noch einmal.',
  'Wait longer between questions.': 'Warten Sie länger zwischen den Fragen.',
  'Nobody has typed the code yet. Ask again.': 'Noch hat niemand den Code eingegeben. Fragen Sie noch einmal.',
  'The person refused it.': 'Die Person hat es abgelehnt.',

  // domains
  'is a public mail provider, whose addresses anybody may have; it belongs to no organisation':
    'ist ein öffentlicher Mailanbieter, bei dem jeder eine Adresse haben kann; sie gehört keiner Organisation',
  'is a public suffix, below which anybody may register; name your own domain, as in example.{0}':
    'ist eine öffentliche Endung, unter der jeder etwas eintragen kann; nennen Sie Ihre eigene Domain, etwa example.{0}',
  'cannot be found in the public DNS': 'ist im öffentlichen DNS nicht zu finden',
  'The TXT record of the domain {0} is not found any more. It still leads to your sign-in until {1}; then it is released. Enter the record again.':
    'Der TXT-Eintrag der Domain {0} ist nicht mehr zu finden. Sie führt noch bis {1} zu Ihrer Anmeldung; dann wird sie aufgegeben. Tragen Sie den Eintrag wieder ein.',
  'The domain {0} was released: its TXT record was not found since {1}. Its addresses do not lead to your sign-in any more. Enter the record again and verify the domain.':
    'Die Domain {0} wurde aufgegeben: Ihr TXT-Eintrag war seit {1} nicht zu finden. Ihre Adressen führen nicht mehr zu Ihrer Anmeldung. Tragen Sie den Eintrag wieder ein und prüfen Sie die Domain.',
  'Another organisation of this platform proved the domain {0} too, by a TXT record of its own. People with its addresses now choose between the two. If you did not expect it, look who may change the DNS of {1}.':
    'Eine andere Organisation dieser Plattform hat die Domain {0} ebenfalls belegt, mit einem eigenen TXT-Eintrag. Wer eine Adresse darin hat, wählt jetzt zwischen beiden. Wenn Sie das nicht erwartet haben, sehen Sie nach, wer das DNS von {1} ändern darf.',

  // effects
  'Who may change accounts and groups can let people in and decide what they hold.':
    'Wer Konten und Gruppen ändern darf, kann Personen einlassen und bestimmen, was sie dürfen.',
  'Who may issue keys and change groups can make a machine that keeps what they hold themselves.':
    'Wer Schlüssel ausstellen und Gruppen ändern darf, kann eine Maschine schaffen, die behält, was er selbst darf.',
  'Who may issue provisioning tokens and change groups can have people made and decide what they hold.':
    'Wer Bereitstellungs-Token ausstellen und Gruppen ändern darf, kann Personen anlegen lassen und bestimmen, was sie dürfen.',
  'Who may change identity providers and accounts can decide who signs in as whom.':
    'Wer Identitätsanbieter und Konten ändern darf, kann bestimmen, wer sich als wer anmeldet.',
  'Who may reset keys and change gateways can put a gateway of their own in the place of another.':
    'Wer Schlüssel zurücksetzen und Gateways ändern darf, kann ein eigenes Gateway an die Stelle eines anderen setzen.',
  'Who may close the tenant and delete accounts can take everything away.':
    'Wer den Mandanten schließen und Konten löschen darf, kann alles wegnehmen.',

  // factors
  '{0} If it was not you, change your password and tell an administrator.':
    '{0} Wenn Sie das nicht waren, ändern Sie Ihr Passwort und sagen Sie es der Administration.',
  '{0} was added to your account.': 'Ihrem Konto wurde etwas hinzugefügt: {0}.',
  'You sign in by this passkey only. Set a password or add another passkey first.':
    'Sie melden sich nur mit diesem Passkey an. Setzen Sie zuerst ein Passwort, oder fügen Sie einen weiteren Passkey hinzu.',
  '{0} was removed from your account. Other sessions were ended.':
    'Von Ihrem Konto wurde etwas entfernt: {0}. Andere Sitzungen wurden beendet.',
  'Recovery codes stand in for a second factor. Add a passkey or an authenticator app first.':
    'Wiederherstellungscodes stehen für einen zweiten Faktor ein. Fügen Sie zuerst einen Passkey oder eine Authenticator-App hinzu.',
  'New recovery codes were made for your account; earlier ones are over.':
    'Für Ihr Konto wurden neue Wiederherstellungscodes erstellt; die früheren gelten nicht mehr.',
  'An administrator removed the passkeys, authenticator apps and recovery codes of your account. Your sessions were ended.':
    'Die Administration hat Passkeys, Authenticator-Apps und Wiederherstellungscodes Ihres Kontos entfernt. Ihre Sitzungen wurden beendet.',
  'is not a passkey that was asked for here; begin again':
    'ist kein Passkey, der hier verlangt wurde; beginnen Sie noch einmal',
  'You have {0} passkeys. Remove one first.': 'Sie haben {0} Passkeys. Entfernen Sie zuerst einen.',
  'The password of your account was changed, and other sessions were ended. If it was not you, ask for a new one on the sign-in page and tell an administrator.':
    'Das Passwort Ihres Kontos wurde geändert, andere Sitzungen wurden beendet. Wenn Sie das nicht waren, fordern Sie auf der Anmeldeseite ein neues an und sagen Sie es der Administration.',
  'is required': 'ist erforderlich',
  'is not your password': 'ist nicht Ihr Passwort',
  'The password was changed meanwhile. Sign in again.':
    'Das Passwort wurde inzwischen geändert. Melden Sie sich noch einmal an.',
  'Only a person who is signed in has these.': 'Das hat nur eine Person, die angemeldet ist.',
  'must be six digits': 'müssen sechs Ziffern sein',
  'must be a code of letters, digits, hyphens and spaces':
    'muss ein Code aus Buchstaben, Ziffern, Bindestrichen und Leerzeichen sein',
  'must be base64url': 'muss base64url sein',
  'must be a transport': 'muss ein Übertragungsweg sein',
  'must hold a password or a passkey': 'muss ein Passwort oder einen Passkey enthalten',
  'must hold one code, and none beside a passkey': 'muss einen Code enthalten, und neben einem Passkey keinen',
  'That was not right. See POST /v1/me/step-up/options for what is asked.':
    'Das war nicht richtig. POST /v1/me/step-up/options sagt, was verlangt wird.',
  'No authenticator app is being set up, or it took an hour. Begin again.':
    'Es wird keine Authenticator-App eingerichtet, oder es hat länger als eine Stunde gedauert. Beginnen Sie noch einmal.',
  'is not the code that the app shows now; look at the clock of its device':
    'ist nicht der Code, den die App jetzt zeigt; sehen Sie nach der Uhr ihres Geräts',
  'You have {0} authenticator apps. Remove one first.': 'Sie haben {0} Authenticator-Apps. Entfernen Sie zuerst eine.',

  // groups
  'names the Owner Group, which nobody joins by a sign-in':
    'nennt die Eigentümergruppe, in die niemand durch eine Anmeldung kommt',
  'Only an owner changes the Owner Group.': 'Nur ein Eigentümer ändert die Eigentümergruppe.',
  'You are a member of this group. Only an owner changes members or grants of a group that they are in.':
    'Sie sind Mitglied dieser Gruppe. Mitglieder oder Rechte einer Gruppe, in der man selbst ist, ändert nur ein Eigentümer.',
  '{0} {1}, which you do not hold. Nobody grants what they lack.':
    '{0} {1}, was Sie nicht haben. Niemand gibt, was er nicht hat.',
  'Change it at the identity provider, or turn provisioning off.':
    'Ändern Sie sie beim Identitätsanbieter, oder schalten Sie die Bereitstellung aus.',
  'must have at most {0} characters': 'darf höchstens {0} Zeichen haben',
  'must not contain control or direction characters': 'darf keine Steuer- oder Richtungszeichen enthalten',
  'is too long when its characters are written out': 'ist ausgeschrieben zu lang',
  'must have at most {0} bytes': 'darf höchstens {0} Byte haben',
  'must name at least one member': 'muss mindestens ein Mitglied nennen',
  'must be a permission of GET /v1/topics, or <topic>.* for a whole topic':
    'muss ein Recht aus GET /v1/topics sein, oder <topic>.* für ein ganzes Thema',
  'must be a permission of GET /v1/topics': 'muss ein Recht aus GET /v1/topics sein',
  'The Owner Group is never renamed, disabled or deleted.':
    'Die Eigentümergruppe wird nie umbenannt, gesperrt oder gelöscht.',
  'The Owner Group has full access by itself.': 'Die Eigentümergruppe hat von selbst vollen Zugriff.',
  'The Owner Group has no grants to copy.': 'Die Eigentümergruppe hat keine Rechte, die sich kopieren ließen.',
  'Only an owner copies the members of the Owner Group.':
    'Nur ein Eigentümer kopiert die Mitglieder der Eigentümergruppe.',
  'The Owner Group has full access by itself; it has no grants to copy.':
    'Die Eigentümergruppe hat von selbst vollen Zugriff; sie hat keine Rechte, die sich kopieren ließen.',
  'names {0} that does not exist': 'nennt {0}, das es nicht gibt',
  'Naming groups needs the permission groups.change. Leave them out, or ask an owner.':
    'Um Gruppen zu nennen, ist das Recht groups.change nötig. Lassen Sie sie weg, oder fragen Sie einen Eigentümer.',
  'This would leave the tenant without an owner who can sign in. Make another owner first.':
    'Der Mandant hätte dann keinen Eigentümer mehr, der sich anmelden kann. Machen Sie zuerst jemand anderen zum Eigentümer.',
  'Other tenants let in a group that this concerns, are asked to, or have a key for it: who is in it acts there. This takes {0} as well. Ask an owner.':
    'Andere Mandanten lassen eine Gruppe ein, um die es hier geht, sind darum gebeten oder haben einen Schlüssel für sie: Wer darin ist, handelt dort. Das verlangt auch {0}. Fragen Sie einen Eigentümer.',
  'Having a sign-in put people into groups needs the permission groups.change as well. Ask an owner.':
    'Personen bei der Anmeldung in Gruppen aufnehmen zu lassen verlangt auch die Berechtigung groups.change. Fragen Sie einen Eigentümer.',
  'This principal holds {0}, which you do not. Ask an owner.':
    'Hier ist {0} vorhanden, was Sie nicht haben. Fragen Sie einen Eigentümer.',
  'is named twice': 'ist doppelt genannt',
  'names a namespace that does not exist': 'nennt einen Namensraum, den es nicht gibt',
  'The Owner Group has full access by itself; it takes no grants.':
    'Die Eigentümergruppe hat von selbst vollen Zugriff; sie nimmt keine Rechte an.',
  'The group is disabled: its members hold nothing of this until it is enabled.':
    'Die Gruppe ist gesperrt: Ihre Mitglieder haben nichts davon, bis sie freigegeben wird.',
  'Who may change groups may pass on everything that they hold themselves.':
    'Wer Gruppen ändern darf, darf alles weitergeben, was er selbst hat.',
  'names nobody who is a member': 'nennt niemanden, der Mitglied ist',

  // identity-providers
  'The provider must name the person by a text of 1 to {0} characters, none of which is a control character.':
    'Der Anbieter muss die Person mit einem Text von 1 bis {0} Zeichen benennen, unter denen kein Steuerzeichen ist.',
  'The account that this person had was deleted.': 'Das Konto, das diese Person hatte, wurde gelöscht.',
  'The account {0} is disabled.': 'Das Konto {0} ist gesperrt.',
  'Nobody here is linked with this person, and the rule makes no accounts.':
    'Niemand hier ist mit dieser Person verknüpft, und die Regel legt keine Konten an.',
  'The provider says that the e-mail address is not verified.':
    'Der Anbieter sagt, dass die E-Mail-Adresse nicht bestätigt ist.',
  'The rule makes accounts for some e-mail domains only, and {0} is none of them.':
    'Die Regel legt nur für manche E-Mail-Domains Konten an, und {0} ist nicht darunter.',
  'The rule names {0}, but this tenant has not proved that it owns it. Do that under Domains.':
    'Die Regel nennt {0}, aber dieser Mandant hat sie nicht belegt. Tun Sie das unter „E-Mail-Domains“.',
  'The claim {0}, which accounts are found by, did not come with one value.':
    'Der Claim {0}, nach dem Konten gefunden werden, kam nicht mit einem Wert.',
  'Several accounts have this value.': 'Mehrere Konten haben diesen Wert.',
  'Somebody else of this provider is linked with the account {0}. End that link where it is the same person.':
    'Mit dem Konto {0} ist jemand anders dieses Anbieters verknüpft. Beenden Sie jene Verknüpfung, wenn es dieselbe Person ist.',
  'The account found is an owner. Owners link themselves: on their own page, once they are signed in.':
    'Das gefundene Konto ist ein Eigentümer. Eigentümer verknüpfen sich selbst: auf ihrer eigenen Seite, sobald sie angemeldet sind.',
  'The account {0} may do more than who activated this provider or changed it last. An owner can confirm under "Who comes in" that it may find such accounts.':
    'Das Konto {0} darf mehr, als wer diesen Anbieter aktiviert oder zuletzt geändert hat. Ein Eigentümer kann unter „Wer hereinkommt“ bestätigen, dass er solche Konten finden darf.',
  'The identity provider "{0}" found somebody who may do more here than who activated it or changed it last, so they were not let in. If you trust it with everybody whom it finds, confirm that on its page, under "Who comes in".':
    'Der Identitätsanbieter „{0}“ hat jemanden gefunden, der hier mehr darf, als wer ihn aktiviert oder zuletzt geändert hat; eingelassen wurde die Person nicht. Wenn Sie ihm alle anvertrauen, die er findet, bestätigen Sie das auf seiner Seite unter „Wer hereinkommt“.',
  'No account can be made of what came: {0}.': 'Aus dem, was kam, lässt sich kein Konto machen: {0}.',
  '{0} It is not linked by that.': '{0} Dadurch wird es nicht verknüpft.',
  'The provider answered for somebody else.': 'Der Anbieter hat für jemand anderen geantwortet.',
  'This person is linked with another account.': 'Diese Person ist mit einem anderen Konto verknüpft.',
  'An owner signs in through this identity provider. Only an owner may do this.':
    'Ein Eigentümer meldet sich über diesen Identitätsanbieter an. Nur ein Eigentümer darf das.',
  'An owner is provisioned, so that only an owner may do this.':
    'Ein Eigentümer ist bereitgestellt, daher darf das nur ein Eigentümer.',
  'People or groups of provisioning hold {0}, which you do not. Ask an owner.':
    'Personen oder Gruppen der Bereitstellung haben {0}, was Sie nicht haben. Fragen Sie einen Eigentümer.',
  'People who come in by this identity provider hold {0}, which you do not. Ask an owner.':
    'Wer über diesen Identitätsanbieter hereinkommt, hat {0}, was Sie nicht haben. Fragen Sie einen Eigentümer.',
  'is none of SAML': 'gibt es bei SAML nicht',
  'Whom the identity provider "{0}" lets in was changed.':
    'Es wurde geändert, wen der Identitätsanbieter „{0}“ einlässt.',
  'The identity provider "{0}" was activated: people can sign in by it.':
    'Der Identitätsanbieter „{0}“ wurde aktiviert: Man kann sich über ihn anmelden.',
  'The identity provider "{0}" was deactivated: nobody can sign in by it.':
    'Der Identitätsanbieter „{0}“ wurde deaktiviert: Niemand kann sich über ihn anmelden.',
  'Deactivate the identity provider, then delete it.': 'Deaktivieren Sie den Identitätsanbieter, dann löschen Sie ihn.',
  'The identity provider "{0}" was deleted.': 'Der Identitätsanbieter „{0}“ wurde gelöscht.',
  'Only SAML has keys of ours.': 'Nur bei SAML gibt es Schlüssel von uns.',
  'Earlier keys still overlap. Wait until one of them has retired.':
    'Frühere Schlüssel überlappen sich noch. Warten Sie, bis einer davon außer Dienst ist.',
  'The key that requests to the identity provider "{0}" are signed with is over {1}. Make a new one here and have the provider read our metadata again.':
    'Der Schlüssel, mit dem Anfragen an den Identitätsanbieter „{0}“ signiert werden, gilt nicht länger ({1}). Erstellen Sie hier einen neuen, und lassen Sie den Anbieter unsere Metadaten neu lesen.',
  'A certificate of the identity provider "{0}" is over {1}. Read its metadata again, or enter the new certificate beside it; until then nobody can sign in by it.':
    'Ein Zertifikat des Identitätsanbieters „{0}“ gilt nicht länger ({1}). Lesen Sie seine Metadaten neu, oder tragen Sie das neue Zertifikat daneben ein; bis dahin kann sich niemand über ihn anmelden.',
  'The metadata of the identity provider "{0}" has changed, and what is set here follows it: {1}. The audit shows each value.':
    'Die Metadaten des Identitätsanbieters „{0}“ haben sich geändert, und die Einstellungen hier folgen ihnen: {1}. Das Audit-Protokoll zeigt jeden Wert.',
  'The metadata of the identity provider "{0}" could not be read for a day: it {1} What was read last stays in force. When the provider changes its certificate, nobody can sign in by it until the metadata can be read, or the certificate is entered here.':
    'Die Metadaten des Identitätsanbieters „{0}“ ließen sich seit einem Tag nicht lesen: {1} Was zuletzt gelesen wurde, bleibt in Kraft. Wechselt der Anbieter sein Zertifikat, kann sich niemand über ihn anmelden, bis die Metadaten lesbar sind oder das Zertifikat hier eingetragen ist.',
  'Only a person who is signed in here may do this.': 'Das darf nur eine Person, die hier angemeldet ist.',
  'must be an address without spaces': 'muss eine Adresse ohne Leerzeichen sein',
  'must be one word of at most 200 characters without spaces':
    'muss ein Wort von höchstens 200 Zeichen ohne Leerzeichen sein',
  'must be one line': 'muss eine einzige Zeile sein',
  'must hold either metadataUrl or metadata': 'muss entweder metadataUrl oder metadata enthalten',
  'SAML has certificates and no client secret.': 'SAML hat Zertifikate und kein Client-Secret.',
  'The client secret of the identity provider "{0}" is over {1}. Make a new one at the provider and enter it here; until then nobody can sign in by it.':
    'Das Client-Secret des Identitätsanbieters „{0}“ gilt nicht länger ({1}). Erstellen Sie beim Anbieter ein neues und tragen Sie es hier ein; bis dahin kann sich niemand über ihn anmelden.',
  'Deactivate it first: a set-up link opens inactive ones only.':
    'Deaktivieren Sie ihn zuerst: Ein Einrichtungslink öffnet nur inaktive.',
  'This link is not valid any more: it was replaced, ended or is too old. Ask for another.':
    'Dieser Link gilt nicht mehr: Er wurde ersetzt, beendet oder ist zu alt. Fordern Sie einen anderen an.',
  'Name the issuer.': 'Nennen Sie den Issuer.',
  'Name the client ID that the provider gave.': 'Nennen Sie die Client-ID, die der Anbieter vergeben hat.',
  'Name the address where people sign in.': 'Nennen Sie die Adresse, auf der man sich anmeldet.',
  'Name the address that gives tokens.': 'Nennen Sie die Adresse, die Token ausgibt.',
  'Name the address that tells about the user.': 'Nennen Sie die Adresse, die Auskunft über den Benutzer gibt.',
  "Name the provider's entity ID.": 'Nennen Sie die Entity-ID des Anbieters.',
  'Give the certificate that assertions are signed with.':
    'Geben Sie das Zertifikat an, mit dem Assertions signiert werden.',
  'Give the client secret.': 'Geben Sie das Client-Secret an.',
  'Name the field that never changes of a person.': 'Nennen Sie das Feld einer Person, das sich nie ändert.',
  'Name the claim that accounts are found by.': 'Nennen Sie den Claim, nach dem Konten gefunden werden.',
  'is not of this provider, whose type is {0}': 'gehört nicht zu diesem Anbieter, dessen Typ {0} ist',
  'must not hold a query (?)': 'darf keine Abfrage (?) enthalten',
  'must hold openid': 'muss openid enthalten',
  'is always sub with OpenID Connect': 'ist bei OpenID Connect immer sub',
  'is not a certificate: give it as PEM': 'ist kein Zertifikat: Geben Sie es als PEM an',
  'has expired on {0}': 'ist am {0} abgelaufen',
  'Deactivate it, then delete it.': 'Deaktivieren Sie ihn, dann löschen Sie ihn.',
  'The claims are too large to be shown.': 'Die Claims sind zu groß, um gezeigt zu werden.',
  'The provider leaves the groups out, since the person is in too many. Have it send only those that are assigned to this application.':
    'Der Anbieter lässt die Gruppen weg, weil die Person in zu vielen ist. Lassen Sie ihn nur die senden, die dieser Anwendung zugewiesen sind.',
  'Nobody gets a group: the claim "{0}" did not come. Have the provider send it, or ask for the scope that it belongs to.':
    'Niemand bekommt eine Gruppe: Der Claim „{0}“ kam nicht. Lassen Sie den Anbieter ihn senden, oder verlangen Sie den Scope, zu dem er gehört.',
  'It names the person. None of the values of "{0}" is mapped to a group here.':
    'Sie nennt die Person. Keiner der Werte von „{0}“ ist hier einer Gruppe zugeordnet.',
  'The provider was reached.': 'Der Anbieter wurde erreicht.',
  'It sent the browser back with an answer to this request.':
    'Er hat den Browser mit einer Antwort auf diese Anfrage zurückgeschickt.',
  'What it said is authentic.': 'Was er gesagt hat, ist echt.',
  'The issuer is the one that is set here.': 'Der Issuer ist der, der hier eingestellt ist.',
  'It was said to us and in time.': 'Es wurde uns gesagt, und rechtzeitig.',
  'It names the person.': 'Sie nennt die Person.',
  'The person has an account here, or would get one.': 'Die Person hat hier ein Konto, oder bekäme eines.',
  'Not reached.': 'Nicht erreicht.',
  'This sign-in was used already, took too long or began in another browser. Begin again.':
    'Diese Anmeldung wurde schon benutzt, dauerte zu lange oder begann in einem anderen Browser. Beginnen Sie noch einmal.',

  // local-sign-in
  'This passkey does not open anything here. Sign in another way.':
    'Dieser Passkey öffnet hier nichts. Melden Sie sich auf andere Weise an.',
  'A database of this region does not answer. Try again.':
    'Eine Datenbank dieser Region antwortet nicht. Versuchen Sie es noch einmal.',
  'This link was asked for in another browser. Open it there, or type there the code that it shows here.':
    'Dieser Link wurde in einem anderen Browser angefordert. Öffnen Sie ihn dort, oder geben Sie dort den Code ein, den er hier zeigt.',
  'must hold one of totp, recoveryCode, passkey, newPassword':
    'muss genau eines enthalten: totp, recoveryCode, passkey oder newPassword',
  'must be the eight letters that the link shows': 'müssen die acht Buchstaben sein, die der Link zeigt',
  'is not asked; what is: {0}': 'wird nicht verlangt; verlangt wird: {0}',
  'This sign-in does not ask for a passkey.': 'Diese Anmeldung verlangt keinen Passkey.',
  'That is not right, or was used before. Use the newest code, or another way.':
    'Das ist nicht richtig oder wurde schon benutzt. Nehmen Sie den neuesten Code, oder einen anderen Weg.',
  'Somebody who knows your password typed wrong codes until they were stopped. If it was not you, change your password.':
    'Jemand, der Ihr Passwort kennt, hat falsche Codes eingegeben, bis er gestoppt wurde. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.',
  'This sign-in does not ask to enrol a factor.': 'Diese Anmeldung verlangt nicht, einen Faktor einzurichten.',
  'This account has a second factor now. Begin the sign-in again.':
    'Dieses Konto hat jetzt einen zweiten Faktor. Beginnen Sie die Anmeldung noch einmal.',

  // mails
  'must be a number from 1 to 200': 'muss eine Zahl von 1 bis 200 sein',
  'must be the code of a region': 'muss der Code einer Region sein',
  'must not contain control characters': 'darf keine Steuerzeichen enthalten',
  'A mail server is set: mails are sent, not kept in the outbox.':
    'Es ist ein Mailserver eingestellt: Mails werden gesendet und nicht im Postausgang aufbewahrt.',

  // agents
  'cannot be chosen: this namespace has no gateway yet':
    'kann nicht gewählt werden: Dieser Namensraum hat noch kein Gateway',
  'must be one of this namespace: {0}': 'muss eines dieses Namensraums sein: {0}',
  'A gateway is run by {0} agents at most. Remove some that are gone.':
    'Ein Gateway wird von höchstens {0} Agenten ausgeführt. Entfernen Sie solche, die es nicht mehr gibt.',
  'Another program reports by this journal and is still heard of. Give each program a data folder of its own.':
    'Ein anderes Programm berichtet nach diesem Journal und meldet sich noch. Geben Sie jedem Programm einen eigenen Datenordner.',
  'The key, its namespace or this enrolment is over.':
    'Der Schlüssel, sein Namensraum oder diese Anmeldung gilt nicht mehr.',
  'The clock that this was signed by is {0} seconds ahead of ours. Set it right; 5 minutes are let pass.':
    'Die Uhr, nach der dies unterschrieben wurde, geht gegenüber unserer {0} Sekunden vor. Stellen Sie sie richtig; 5 Minuten werden geduldet.',
  'The clock that this was signed by is {0} seconds behind ours. Set it right; 5 minutes are let pass.':
    'Die Uhr, nach der dies unterschrieben wurde, geht gegenüber unserer {0} Sekunden nach. Stellen Sie sie richtig; 5 Minuten werden geduldet.',
  'This is opened by the signature of an agent key only.': 'Dies öffnet nur die Unterschrift eines Agentenschlüssels.',
  'must be a number of seconds, 20 at most': 'muss eine Anzahl von Sekunden sein, höchstens 20',
  'must be a version that a configuration had': 'muss eine Version sein, die eine Konfiguration hatte',
  'must name at least one subject': 'muss mindestens eine Person nennen',
  'must name at most 500 subjects': 'darf höchstens 500 Personen nennen',

  // transactions
  'Your gateways reported more than the {0} transactions that are kept in a day. What comes beyond them until midnight (UTC) is counted for your licences, and is not in Logging.':
    'Ihre Gateways haben mehr als die {0} Transaktionen gemeldet, die an einem Tag aufbewahrt werden. Was bis Mitternacht (UTC) darüber hinaus kommt, wird für Ihre Lizenzen gezählt und steht nicht in der Protokollierung.',
  // gateways
  'A service of this tenant has this name already.': 'Ein Dienst dieses Mandanten hat diesen Namen schon.',
  'This installation sees no client certificates: every agent would be refused. The operator sets BAILIWICK_CLIENT_CERTIFICATES.':
    'Diese Installation sieht keine Client-Zertifikate: Jeder Agent würde abgewiesen. Der Betreiber setzt BAILIWICK_CLIENT_CERTIFICATES.',
  'must be 1 to {0} certificates in PEM': 'müssen 1 bis {0} Zertifikate in PEM sein',
  'must be certificates in PEM; number {0} {1}': 'müssen Zertifikate in PEM sein; Nummer {0} {1}',
  'is none': 'ist keines',
  'is over': 'ist abgelaufen',
  'must not be empty; null: the agent key alone': 'darf nicht leer sein; null: der Agentenschlüssel allein',
  'A gateway of this namespace has this name already.': 'Ein Gateway dieses Namensraums hat diesen Namen schon.',
  'A gateway of this namespace has this prefix already.': 'Ein Gateway dieses Namensraums hat dieses Präfix schon.',
  'A gateway accepts tokens of this identity provider. Choose another one there first.':
    'Ein Gateway nimmt Token dieses Identitätsanbieters an. Wählen Sie dort zuerst einen anderen.',
  'A route of this gateway has this name already.': 'Eine Route dieses Gateways hat diesen Namen schon.',
  'This service or item has a rule already. Change that one.':
    'Dieser Dienst oder Eintrag hat schon eine Regel. Ändern Sie diese.',
  'has a key that is neither RSA, ECDSA nor Ed25519': 'hat einen Schlüssel, der weder RSA noch ECDSA noch Ed25519 ist',
  'This gateway has a certificate of this key already. Delete that one first.':
    'Dieses Gateway hat schon ein Zertifikat dieses Schlüssels. Löschen Sie das zuerst.',
  'must be a PKCS#12 file (.p12 or .pfx)': 'muss eine PKCS#12-Datei (.p12 oder .pfx) sein',
  'must be protected by a password: export it again with one':
    'muss durch ein Kennwort geschützt sein: Exportieren Sie sie mit einem',
  'is encrypted in a way that is not accepted any more: export it again with AES-256':
    'ist auf eine Weise verschlüsselt, die nicht mehr angenommen wird: Exportieren Sie sie mit AES-256',
  'needs more rounds of its password than are accepted: export it again with 200,000 at most':
    'verlangt mehr Durchgänge des Kennworts, als angenommen werden: Exportieren Sie sie mit höchstens 200.000',
  'does not open the file': 'öffnet die Datei nicht',
  'has no private key: export the certificate together with its key':
    'hat keinen privaten Schlüssel: Exportieren Sie das Zertifikat zusammen mit seinem Schlüssel',
  'has several private keys: export the one of this gateway alone':
    'hat mehrere private Schlüssel: Exportieren Sie nur den dieses Gateways',
  'has a private key that cannot be read': 'hat einen privaten Schlüssel, der nicht gelesen werden kann',
  'has a certificate that cannot be read': 'hat ein Zertifikat, das nicht gelesen werden kann',
  'has no certificate of its private key': 'hat kein Zertifikat zu seinem privaten Schlüssel',
  'has a certificate that was over on {0}': 'hat ein Zertifikat, das am {0} abgelaufen ist',
  'must be Base64': 'muss Base64 sein',
  'must have at most 200,000 characters': 'darf höchstens 200.000 Zeichen haben',
  'must be while the certificate is valid': 'muss liegen, solange das Zertifikat gültig ist',
  'A gateway has at most {0} certificates. Delete one that is not needed any more.':
    'Ein Gateway hat höchstens {0} Zertifikate. Löschen Sie eines, das nicht mehr gebraucht wird.',
  'This gateway signs by it and has no other valid certificate. Add another one, or switch signing off.':
    'Dieses Gateway signiert damit und hat kein anderes gültiges Zertifikat. Fügen Sie eines hinzu, oder schalten Sie das Signieren aus.',
  'The certificate of the gateway "{0}" is over {1}. Add the next one before: without one the gateway refuses what it is to sign.':
    'Das Zertifikat des Gateways „{0}“ läuft ab: {1}. Fügen Sie vorher das nächste hinzu: Ohne eines weist das Gateway ab, was es signieren soll.',
  'This gateway has no valid certificate to sign by. Upload or generate one first.':
    'Dieses Gateway hat kein gültiges Zertifikat zum Signieren. Laden Sie zuerst eines hoch, oder erzeugen Sie eines.',
  'Routes take the item from the path ({0}), and this service would have none. Change those first, or keep an item.':
    'Routen nehmen den Eintrag aus dem Pfad ({0}), und dieser Dienst hätte keinen. Ändern Sie zuerst diese, oder behalten Sie einen Eintrag.',
  'must be given when `itemFrom` is `fixed`, and only then':
    'muss angegeben werden, wenn `itemFrom` `fixed` ist, und nur dann',
  'must be a service of this tenant': 'muss ein Dienst dieses Mandanten sein',
  'must be `none`: this service has no items': 'muss `none` sein: Dieser Dienst hat keine Einträge',
  'must be an item of the service': 'muss ein Eintrag des Dienstes sein',
  'are for an upstream by https:// only': 'sind nur für ein Ziel mit https://',
  'must be certificates in PEM; number {0} is none': 'müssen Zertifikate in PEM sein; Nummer {0} ist keines',
  'A gateway has at most {0} routes. Delete some that are not needed.':
    'Ein Gateway hat höchstens {0} Routen. Löschen Sie einige, die nicht gebraucht werden.',
  'must be a group of this tenant': 'muss eine Gruppe dieses Mandanten sein',
  'A gateway has at most {0} rules. Delete some that are not needed.':
    'Ein Gateway hat höchstens {0} Regeln. Löschen Sie einige, die nicht gebraucht werden.',
  'must be empty, or a path such as /erp without a slash at its end':
    'muss leer sein oder ein Pfad wie /erp ohne Schrägstrich am Ende',
  'must have at most 10 audiences': 'darf höchstens 10 Empfänger (audience) haben',
  'must name each audience once': 'muss jeden Empfänger (audience) einmal nennen',
  'must be a path such as /orders': 'muss ein Pfad wie /orders sein',
  'must be empty, or a host in small letters, without a port':
    'muss leer sein oder ein Rechnername in Kleinbuchstaben ohne Port',
  'must be an address such as https://orders.internal:8443/api':
    'muss eine Adresse wie https://orders.internal:8443/api sein',
  'must begin with https:// or http://': 'muss mit https:// oder http:// beginnen',
  'must not hold a query or a fragment': 'darf weder Abfrage noch Fragment enthalten',
  'must not hold . or .. as a segment': 'darf . oder .. nicht als Abschnitt enthalten',
  'must be the name of a header, in small letters': 'muss der Name eines Kopffelds in Kleinbuchstaben sein',
  'is a header that the gateway sets itself': 'ist ein Kopffeld, das das Gateway selbst setzt',
  'must have printable ASCII only, without a space at an end':
    'darf nur druckbares ASCII enthalten, ohne Leerzeichen am Rand',
  'must set each header once': 'muss jedes Kopffeld einmal setzen',
  'must name each header once': 'muss jedes Kopffeld einmal nennen',
  'must not set and remove the same header': 'darf dasselbe Kopffeld nicht setzen und entfernen',
  'must name each method once': 'muss jede Methode einmal nennen',
  'must name at least one value': 'muss mindestens einen Wert nennen',
  'must name each once': 'muss jeden einmal nennen',
  'must name at most 20 claims': 'darf höchstens 20 Angaben (claims) nennen',
  'must name each claim once': 'muss jede Angabe (claim) einmal nennen',
  'must name at most 100 groups': 'darf höchstens 100 Gruppen nennen',
  'must name each group once': 'muss jede Gruppe einmal nennen',
  'must be a name or an address, with or without a port: shop.example, 192.0.2.7:8080, [2001:db8::7]':
    'muss ein Name oder eine Adresse sein, mit oder ohne Port: shop.example, 192.0.2.7:8080, [2001:db8::7]',
  'must be a path that begins with /, with anything else escaped':
    'muss ein Pfad sein, der mit / beginnt, alles Übrige maskiert',
  'must be an OpenID Connect provider of this tenant': 'muss ein OpenID-Connect-Anbieter dieses Mandanten sein',
  'must be an account of this tenant': 'muss ein Konto dieses Mandanten sein',
  'The path could be read in two ways (an escaped slash, a dot segment, an empty segment, or signs and capitals by which it leads to another route), so it is refused.':
    'Der Pfad ließe sich auf zweierlei Art lesen (maskierter Schrägstrich, Punktabschnitt, leerer Abschnitt, oder Zeichen und Großbuchstaben, mit denen er zu einer anderen Route führt) und wird deshalb abgewiesen.',
  'The path does not begin with the prefix of this gateway.': 'Der Pfad beginnt nicht mit dem Präfix dieses Gateways.',
  'No route has this host, method and path.': 'Keine Route hat diesen Rechnernamen, diese Methode und diesen Pfad.',
  'The route {0} takes the item from the path, and this path names none that can be read, or one that could be taken for another.':
    'Die Route {0} nimmt den Eintrag aus dem Pfad, und dieser Pfad nennt keinen lesbaren, oder einen, den man für einen anderen halten könnte.',
  'Nobody is let into {0}: it has no base rule, and without one the gateway refuses.':
    'Niemand wird zu {0} eingelassen: Er hat keine Grundregel, und ohne sie weist das Gateway ab.',
  'Nobody is let into {0} of {1}: neither has a rule, and without one the gateway refuses.':
    'Niemand wird zu {0} von {1} eingelassen: Keiner von beiden hat eine Regel, und ohne sie weist das Gateway ab.',
  'Not let in: the base rule of {0} decides, and none of its groups and claims is the person’s.':
    'Nicht eingelassen: Es entscheidet die Grundregel von {0}, und keine ihrer Gruppen und Angaben ist die der Person.',
  'Not let in: the rule of {0} in {1} decides, and none of its groups and claims is the person’s.':
    'Nicht eingelassen: Es entscheidet die Regel von {0} in {1}, und keine ihrer Gruppen und Angaben ist die der Person.',
  'Let in: the base rule of {0} decides.': 'Eingelassen: Es entscheidet die Grundregel von {0}.',
  'Let in: the rule of {0} in {1} decides.': 'Eingelassen: Es entscheidet die Regel von {0} in {1}.',
  'The rules would let in, and the gateway lets in nobody ({0}): {1}':
    'Die Regeln würden einlassen, und das Gateway lässt niemanden ein ({0}): {1}',
  'It has no identity provider by which it would know people.':
    'Es hat keinen Identitätsanbieter, durch den es Menschen kennen würde.',
  'Its identity provider is not active.': 'Sein Identitätsanbieter ist nicht aktiv.',
  'It names no audience for which a token would have to be meant.':
    'Es nennt keinen Empfänger (audience), für den ein Token bestimmt sein müsste.',
  'It has no valid certificate to sign by for upstreams.':
    'Es hat kein gültiges Zertifikat, mit dem es für Upstreams signieren könnte.',
  'must not contain / \\ ? # % or ;': 'darf / \\ ? # % und ; nicht enthalten',
  'must have at most 2,000 items': 'darf höchstens 2.000 Einträge haben',
  'must name each item once; names differ by capitals':
    'muss jeden Eintrag einmal nennen; Groß- und Kleinschreibung unterscheidet Namen',
  'must have 1 to 63 small letters, digits or -, and begin with a letter':
    'muss 1 bis 63 Kleinbuchstaben, Ziffern oder - haben und mit einem Buchstaben beginnen',
  'Routes or rules name {0}. Change those first.': 'Routen oder Regeln nennen {0}. Ändern Sie zuerst diese.',
  'Routes ({0}) or rules ({1}) of gateways name it. Remove those first.':
    'Routen ({0}) oder Regeln ({1}) von Gateways nennen ihn. Entfernen Sie zuerst diese.',

  // namespaces
  'must have 1 to 63 letters, digits, _ or -, without spaces':
    'muss 1 bis 63 Buchstaben, Ziffern, _ oder - haben, ohne Leerzeichen',
  'This namespace is deleted. Restore it first.': 'Dieser Namensraum ist gelöscht. Stellen Sie ihn zuerst wieder her.',
  'must be a region that the tenant allows for namespaces: {0}':
    'muss eine Region sein, die der Mandant für Namensräume zulässt: {0}',
  'A namespace of this tenant has this name already.': 'Ein Namensraum dieses Mandanten hat diesen Namen schon.',
  'A deleted namespace holds this name until {0}. Restore it (POST /v1/tenants/{1}/namespaces/{2}/restore) or choose another name.':
    'Ein gelöschter Namensraum hält diesen Namen bis {0}. Stellen Sie ihn wieder her (POST /v1/tenants/{1}/namespaces/{2}/restore), oder wählen Sie einen anderen Namen.',
  'must be the name of the namespace, exactly as it is written':
    'muss der Name des Namensraums sein, genau so geschrieben',
  'This namespace is not deleted.': 'Dieser Namensraum ist nicht gelöscht.',
  'The namespace {0} is protected: a change of it says its name, in the header {1}.':
    'Der Namensraum {0} ist geschützt: eine Änderung an ihm nennt seinen Namen, im Kopf {1}.',
  'The namespaces {0} are protected: a change of them says these names, in the header {1}.':
    'Die Namensräume {0} sind geschützt: eine Änderung an ihnen nennt diese Namen, im Kopf {1}.',
  'In several of these namespaces a second person approves each change: {0}. Change one of them at a time.':
    'In mehreren dieser Namensräume genehmigt eine zweite Person jede Änderung: {0}. Ändern Sie einen nach dem anderen.',
  'In another namespace that it changes a second person approves too by now.':
    'In einem weiteren Namensraum, den sie ändert, genehmigt inzwischen auch eine zweite Person.',

  // namespace-settings
  'must have at most 500 routes': 'darf höchstens 500 Routen haben',
  'must name each route once': 'muss jede Route einmal nennen',
  'must have at most 5,000 rules': 'darf höchstens 5.000 Regeln haben',
  'must have one rule for each service and item': 'muss für jeden Dienst und jedes Element eine Regel haben',
  'must have at most 1,000 gateways': 'darf höchstens 1.000 Gateways haben',
  'must name each gateway once': 'muss jedes Gateway einmal nennen',
  'must give each gateway a prefix of its own': 'muss jedem Gateway ein eigenes Präfix geben',
  'must be a permission that is granted in a namespace': 'muss ein Recht sein, das in einem Namensraum erteilt wird',
  'must have at most 500 services': 'darf höchstens 500 Dienste haben',
  'must name each service once': 'muss jeden Dienst einmal nennen',
  'must be bailiwick-namespace': 'muss bailiwick-namespace sein',
  'must be 1: this file is of another version': 'muss 1 sein: diese Datei hat eine andere Version',
  'must have at most 10,000 grants': 'darf höchstens 10.000 Rechte haben',
  'must name each grant once': 'muss jedes Recht einmal nennen',
  'must choose at least one change': 'muss mindestens eine Änderung wählen',
  'must choose at most 5,000 changes': 'darf höchstens 5.000 Änderungen wählen',
  'A namespace with more than {0} routes and rules is not copied, compared or exported as a whole.':
    'Ein Namensraum mit mehr als {0} Routen und Regeln wird nicht im Ganzen kopiert, verglichen oder exportiert.',
  'The gateway {0} would have more than {1} {2}. Choose fewer changes.':
    'Das Gateway {0} hätte mehr als {1} {2}. Wählen Sie weniger Änderungen.',
  'Its members are people of another tenant. What they may do is agreed with it.':
    'Ihre Mitglieder sind Personen eines anderen Mandanten. Was sie dürfen, ist mit ihm vereinbart.',
  'The service {0} would have more than {1} items.': 'Der Dienst {0} hätte mehr als {1} Elemente.',
  'must be a namespace of this tenant that is not deleted':
    'muss ein Namensraum dieses Mandanten sein, der nicht gelöscht ist',
  'must have at most 512 characters': 'darf höchstens 512 Zeichen haben',
  'must be the look of a comparison or a preview': 'muss der look eines Vergleichs oder einer Vorschau sein',
  'must be another namespace': 'muss ein anderer Namensraum sein',
  'To copy {0} needs the permission {1}. Leave them out, or ask an owner for it.':
    'Um {0} zu kopieren, braucht es das Recht {1}. Lassen Sie sie weg, oder bitten Sie einen Inhaber darum.',
  'The settings changed since you looked. Look again, then decide about what is there now.':
    'Die Einstellungen haben sich geändert, seit Sie nachgesehen haben. Sehen Sie noch einmal nach, und entscheiden Sie über das, was jetzt da ist.',
  'must be the key of a change that was looked at': 'muss der Schlüssel einer Änderung sein, die angesehen wurde',
  'must name {0} too: {1} needs it': 'muss auch {0} nennen: {1} braucht es',
  'There is no difference, so there is nothing to change.': 'Es gibt keinen Unterschied, also nichts zu ändern.',
  'At most {0} changes are made at once. Choose some of them.':
    'Höchstens {0} Änderungen werden auf einmal gemacht. Wählen Sie einige davon.',
  'Services are the whole tenant’s. This needs the permission gateways.change in the tenant.':
    'Dienste gehören dem ganzen Mandanten. Das braucht das Recht gateways.change im Mandanten.',
  'There is no OpenID Connect provider named {0} here.': 'Hier gibt es keinen OpenID-Connect-Anbieter namens {0}.',
  'There is no service named {0}, here or in the file.':
    'Es gibt keinen Dienst namens {0}, weder hier noch in der Datei.',
  'The service {0} has no item {1}.': 'Der Dienst {0} hat kein Element {1}.',
  'Its field {0} {1}.': 'Ihr Feld {0} {1}.',
  'Nothing was changed: {0} of the changes cannot be made, the first of them {1}. {2}':
    'Nichts wurde geändert: {0} der Änderungen sind nicht möglich, die erste davon {1}. {2}',
  'There is no group named {0} here.': 'Hier gibt es keine Gruppe namens {0}.',

  // ownership
  'It is decided.': 'Sie ist entschieden.',
  'Only an owner may stop it.': 'Nur ein Eigentümer darf sie anhalten.',
  'This tenant is {0}: its owners could not stop it. Resume it first.':
    'Dieser Mandant ist {0}: Seine Eigentümer könnten sie nicht anhalten. Geben Sie ihn zuerst wieder frei.',
  'A recovery of this tenant waits already. Withdraw it, then begin another.':
    'Eine Wiederherstellung dieses Mandanten wartet schon. Ziehen Sie sie zurück, dann beginnen Sie eine andere.',
  'The operator of the platform is about to let {0} in as an owner of this organisation, on {1}. If you did not ask for that, stop it before then, in the console under Owners.':
    'Der Betreiber der Plattform ist dabei, {0} als Eigentümer dieser Organisation einzulassen, am {1}. Wenn Sie das nicht verlangt haben, halten Sie es vorher an: in der Konsole unter „Eigentümer“.',
  'Only an owner may stop a recovery.': 'Nur ein Eigentümer darf eine Wiederherstellung anhalten.',
  'An owner stopped the operator from letting {0} in as an owner.':
    'Ein Eigentümer hat verhindert, dass der Betreiber {0} als Eigentümer einlässt.',
  'The operator withdrew letting {0} in as an owner.':
    'Der Betreiber hat es zurückgezogen, {0} als Eigentümer einzulassen.',
  'This recovery is decided.': 'Diese Wiederherstellung ist entschieden.',
  'This organisation is open again. The operator lets {0} in as an owner on {1}, unless one of you stops it before.':
    'Diese Organisation ist wieder offen. Der Betreiber lässt {0} am {1} als Eigentümer ein, wenn es niemand von Ihnen vorher anhält.',
  '{0} was let in as an owner by the operator of the platform.':
    '{0} wurde vom Betreiber der Plattform als Eigentümer eingelassen.',
  '{0} could not be let in as an owner: the address is one of an account of provisioning, or no more accounts or invitations were left.':
    '{0} konnte nicht als Eigentümer eingelassen werden: Die Adresse gehört zu einem Konto der Bereitstellung, oder es waren keine Konten oder Einladungen mehr übrig.',
  'The operator of the platform lets an owner in.': 'Der Betreiber der Plattform lässt einen Eigentümer ein.',
  'This offer is over.': 'Dieses Angebot ist vorbei.',
  'This tenant is {0}.': 'Dieser Mandant ist {0}.',
  'Only an owner may do this.': 'Das darf nur ein Eigentümer.',
  'names an owner already': 'nennt jemanden, der schon Eigentümer ist',
  'names an account of provisioning, which never counts as an owner':
    'nennt ein Konto der Bereitstellung, das nie als Eigentümer zählt',
  'names an account that is not enabled': 'nennt ein Konto, das nicht freigegeben ist',
  'An owner in person offers ownership. A key may add members to the Owner Group.':
    'Eigentum bietet ein Eigentümer selbst an. Ein Schlüssel darf Mitglieder in die Eigentümergruppe aufnehmen.',
  'You offered ownership already. Take that offer back, then make another.':
    'Sie haben das Eigentum schon angeboten. Nehmen Sie jenes Angebot zurück, dann machen Sie ein anderes.',
  '{0} offers ownership of this organisation to {1}, {2}. If that is wrong, take the offer back before it is accepted.':
    '{0} bietet {1}, {2}, das Eigentum an dieser Organisation an. Wenn das falsch ist, nehmen Sie das Angebot zurück, bevor es angenommen wird.',
  '{0} offers you ownership of this organisation. Accept or decline it in the console, within 7 days.':
    '{0} bietet Ihnen das Eigentum an dieser Organisation an. Nehmen Sie in der Konsole innerhalb von 7 Tagen an oder lehnen Sie ab.',
  'This offer is over: it was decided, is too old, or who made it is no owner any more.':
    'Dieses Angebot ist vorbei: Es wurde entschieden, ist zu alt, oder wer es gemacht hat, ist kein Eigentümer mehr.',
  '{0} accepted ownership from {1}{2}.': '{0} hat das Eigentum von {1}{2} angenommen.',
  '{0} declined ownership.': '{0} hat das Eigentum abgelehnt.',
  'The offer of ownership by {0} to {1} was taken back.':
    'Das Angebot des Eigentums von {0} an {1} wurde zurückgenommen.',

  // provisioning
  'The request is not what SCIM allows. See the detail, and correct the mapping of attributes at the identity provider.':
    'Die Anfrage ist nicht, was SCIM erlaubt. Sehen Sie sich die Einzelheit an, und berichtigen Sie die Zuordnung der Attribute beim Identitätsanbieter.',
  'It is not there any more, or never was. Have the identity provider match it anew, for example by restarting provisioning of this user or group.':
    'Es ist nicht mehr da, oder war es nie. Lassen Sie den Identitätsanbieter es neu zuordnen, etwa indem Sie die Bereitstellung dieses Benutzers oder dieser Gruppe neu starten.',
  'There is nothing at this address. Check the SCIM address at the identity provider: it ends with the tenant’s id.':
    'Unter dieser Adresse ist nichts. Prüfen Sie die SCIM-Adresse beim Identitätsanbieter: Sie endet mit der Kennung des Mandanten.',
  'See the detail: the tenant holds no more of these, or what it refers to was not made.':
    'Sehen Sie sich die Einzelheit an: Der Mandant fasst nicht mehr davon, oder worauf verwiesen wird, wurde nicht angelegt.',
  'The list has changed under the identity provider, or its next page was asked for with another query. It begins the list again.':
    'Die Liste hat sich unter dem Identitätsanbieter geändert, oder er hat ihre nächste Seite mit einer anderen Suche verlangt. Er beginnt die Liste von vorn.',
  'The number of results asked for is no whole number. Correct it at the identity provider.':
    'Die verlangte Zahl von Treffern ist keine ganze Zahl. Berichtigen Sie sie beim Identitätsanbieter.',
  'Another change was in the way. The identity provider may try again.':
    'Eine andere Änderung war im Weg. Der Identitätsanbieter kann es noch einmal versuchen.',
  'This is a fault of ours. Report it with the request id; the identity provider tries again.':
    'Das ist ein Fehler bei uns. Melden Sie ihn mit der Kennung der Anfrage; der Identitätsanbieter versucht es noch einmal.',
  'See the detail; the identity provider tries again.':
    'Sehen Sie sich die Einzelheit an; der Identitätsanbieter versucht es noch einmal.',
  'The token is unknown, expired, paused or revoked. Issue or rotate one, and put it into the identity provider.':
    'Das Token ist unbekannt, abgelaufen, angehalten oder widerrufen. Stellen Sie eines aus oder wechseln Sie es, und tragen Sie es beim Identitätsanbieter ein.',
  'Provisioning is turned off, or the tenant is closed to it. Turn it on, then have the identity provider try again.':
    'Die Bereitstellung ist ausgeschaltet, oder der Mandant ist für sie geschlossen. Schalten Sie sie ein, dann lassen Sie es den Identitätsanbieter noch einmal versuchen.',
  'The identity provider used a method that this address does not have. Set it to SCIM 2.0; it changes by PATCH or PUT at the address of a user or group.':
    'Der Identitätsanbieter hat eine Methode benutzt, die diese Adresse nicht hat. Stellen Sie ihn auf SCIM 2.0; geändert wird mit PATCH oder PUT an der Adresse eines Benutzers oder einer Gruppe.',
  'Somebody or something has this name, address or id already. What waits for you is yours to decide: let provisioning take the account over when both are the same person. Else the identity provider finds its own with the next cycle, or one of the two needs another name.':
    'Jemand oder etwas hat diesen Namen, diese Adresse oder diese Kennung schon. Was auf Sie wartet, entscheiden Sie: Lassen Sie die Bereitstellung das Konto übernehmen, wenn beide dieselbe Person sind. Sonst findet der Identitätsanbieter das Seine im nächsten Durchlauf, oder einer von beiden braucht einen anderen Namen.',
  'It was changed since the identity provider read it. It reads it again and repeats the change.':
    'Es wurde geändert, seit der Identitätsanbieter es gelesen hat. Er liest es noch einmal und wiederholt die Änderung.',
  'The request is too large. Have the identity provider send smaller ones, for example fewer members at once.':
    'Die Anfrage ist zu groß. Lassen Sie den Identitätsanbieter kleinere senden, etwa mit weniger Mitgliedern auf einmal.',
  'The body is not JSON. The identity provider must send application/scim+json or application/json.':
    'Der Inhalt ist kein JSON. Der Identitätsanbieter muss application/scim+json oder application/json senden.',
  'Either too many requests came at once, and they are tried again, or a removal or a change of credentials is held back: see what waits for you, and let it through if it is meant.':
    'Entweder kamen zu viele Anfragen auf einmal, dann werden sie wiederholt, oder eine Entfernung oder eine Änderung von Zugangsdaten ist zurückgehalten: Sehen Sie nach, was auf Sie wartet, und lassen Sie es durch, wenn es so gemeint ist.',
  'The identity provider asked for what this server does not offer, such as /Me. Turn that feature off there, and have it use /Users.':
    'Der Identitätsanbieter hat verlangt, was dieser Server nicht anbietet, etwa /Me. Schalten Sie das dort aus, und lassen Sie ihn /Users benutzen.',
  'Provisioning is paused, or the database was away for a moment. Resume it; the identity provider tries again.':
    'Die Bereitstellung ist angehalten, oder die Datenbank war einen Augenblick weg. Setzen Sie sie fort; der Identitätsanbieter versucht es noch einmal.',
  'The search is not one that can be answered. Have the identity provider match by userName, externalId or an e-mail address.':
    'Diese Suche lässt sich nicht beantworten. Lassen Sie den Identitätsanbieter nach userName, externalId oder einer E-Mail-Adresse suchen.',
  'The search looks at too much to be answered in time. Have the identity provider match by userName, externalId or an e-mail address.':
    'Die Suche sieht zu viel durch, um rechtzeitig zu enden. Lassen Sie den Identitätsanbieter nach userName, externalId oder einer E-Mail-Adresse suchen.',
  'Somebody or something has this value already. Give one of them another.':
    'Jemand oder etwas hat diesen Wert schon. Geben Sie einem davon einen anderen.',
  'The identity provider changes what cannot be changed. Take the attribute out of its mapping.':
    'Der Identitätsanbieter ändert, was sich nicht ändern lässt. Nehmen Sie das Attribut aus seiner Zuordnung.',
  'The body is not what SCIM allows. See the detail, and correct the mapping at the identity provider.':
    'Der Inhalt ist nicht, was SCIM erlaubt. Sehen Sie sich die Einzelheit an, und berichtigen Sie die Zuordnung beim Identitätsanbieter.',
  'The path names no attribute. Correct it in the mapping of attributes at the identity provider.':
    'Der Pfad nennt kein Attribut. Berichtigen Sie ihn in der Zuordnung der Attribute beim Identitätsanbieter.',
  'The path finds nothing to change, for example an address of a type that the person lacks. Map the whole attribute, or have it added first.':
    'Der Pfad findet nichts, was zu ändern wäre, etwa eine Adresse einer Art, die der Person fehlt. Ordnen Sie das ganze Attribut zu, oder lassen Sie es zuerst hinzufügen.',
  'A value is missing or of the wrong kind; the detail names it. Correct the mapping or the person’s data at the identity provider.':
    'Ein Wert fehlt oder ist von der falschen Art; die Einzelheit nennt ihn. Berichtigen Sie die Zuordnung oder die Daten der Person beim Identitätsanbieter.',
  'The identity provider speaks another version of SCIM. Set it to 2.0.':
    'Der Identitätsanbieter spricht eine andere Version von SCIM. Stellen Sie ihn auf 2.0.',
  'Something secret came in an address. Have the identity provider send it in the body.':
    'Etwas Geheimes kam in einer Adresse. Lassen Sie den Identitätsanbieter es im Inhalt senden.',
  'Provisioning may deactivate or delete {0} of its accounts within 24 hours: {1} % of the {2} that there were, and 10 in any case. This one would be beyond that, and nothing was changed. An administrator of the tenant can let it through, or raise the share, on the page of provisioning; then try again.':
    'Die Bereitstellung darf innerhalb von 24 Stunden {0} ihrer Konten deaktivieren oder löschen: {1} % der {2}, die es gab, und 10 in jedem Fall. Dieses ginge darüber hinaus; nichts wurde geändert. Die Administration des Mandanten kann es auf der Seite der Bereitstellung durchlassen oder den Anteil erhöhen; dann versuchen Sie es noch einmal.',
  'Provisioning asked to deactivate or delete more people than the guard lets through within 24 hours. What is beyond it was refused and waits on the page of provisioning: let it through if it is meant, or stop it at the identity provider.':
    'Die Bereitstellung wollte mehr Personen deaktivieren oder löschen, als der Schutz innerhalb von 24 Stunden durchlässt. Was darüber hinausgeht, wurde abgelehnt und wartet auf der Seite der Bereitstellung: Lassen Sie es durch, wenn es so gemeint ist, oder stoppen Sie es beim Identitätsanbieter.',
  'Provisioning asked for a user that has the name or the address of a local account, and was refused. It waits on the page of provisioning: let provisioning take over the account if both are the same person.':
    'Die Bereitstellung wollte einen Benutzer mit dem Namen oder der Adresse eines lokalen Kontos anlegen und wurde abgewiesen. Es wartet auf der Seite der Bereitstellung: Lassen Sie die Bereitstellung das Konto übernehmen, wenn beide dieselbe Person sind.',
  'Provisioning asked for a group that has the name of a local group, and was refused. It waits on the page of provisioning: give one of the two another name.':
    'Die Bereitstellung wollte eine Gruppe mit dem Namen einer lokalen Gruppe anlegen und wurde abgewiesen. Es wartet auf der Seite der Bereitstellung: Geben Sie einer von beiden einen anderen Namen.',
  'This person may do more here than whoever issued the token, so its password, username, primary e-mail address and externalId wait for an administrator. The person was made inactive; nothing else was changed. One who may do as much can let the change through on the page of provisioning; or an owner rotates the token. Then try again.':
    'Diese Person darf hier mehr als der Aussteller des Tokens; darum warten Passwort, Benutzername, primäre E-Mail-Adresse und externalId auf die Administration. Die Person wurde deaktiviert; sonst wurde nichts geändert. Wer ebenso viel darf, kann die Änderung auf der Seite der Bereitstellung durchlassen; oder ein Eigentümer ersetzt das Token. Dann versuchen Sie es noch einmal.',
  'This person may do more here than whoever issued the token, so its password, username, primary e-mail address and externalId wait for an administrator, and nothing was changed. One who may do as much can let the change through on the page of provisioning; or an owner rotates the token. Then try again.':
    'Diese Person darf hier mehr als der Aussteller des Tokens; darum warten Passwort, Benutzername, primäre E-Mail-Adresse und externalId auf die Administration, und nichts wurde geändert. Wer ebenso viel darf, kann die Änderung auf der Seite der Bereitstellung durchlassen; oder ein Eigentümer ersetzt das Token. Dann versuchen Sie es noch einmal.',
  'Provisioning asked to change the password, username, e-mail address or external id of somebody who may do more here than whoever issued its token, and was refused. It waits on the page of provisioning: let it through if it is meant, or replace the token by one of an owner.':
    'Die Bereitstellung wollte Passwort, Benutzername, E-Mail-Adresse oder externe Id von jemandem ändern, der hier mehr darf als der Aussteller ihres Tokens, und wurde abgewiesen. Es wartet auf der Seite der Bereitstellung: Lassen Sie es durch, wenn es so gemeint ist, oder ersetzen Sie das Token durch eines von einem Eigentümer.',
  'What was refused has happened meanwhile.': 'Was abgelehnt wurde, ist inzwischen geschehen.',
  'This was {0} already.': 'Das wurde schon entschieden ({0}).',
  'This person may do more here than you. Ask somebody who may do as much, or an owner.':
    'Diese Person darf hier mehr als Sie. Fragen Sie jemanden, der ebenso viel darf, oder einen Eigentümer.',
  'Provisioning takes over no groups. Give this group or that of the identity provider another name, or delete this one; then the next attempt passes.':
    'Die Bereitstellung übernimmt keine Gruppen. Geben Sie dieser Gruppe oder der des Identitätsanbieters einen anderen Namen, oder löschen Sie diese; dann gelingt der nächste Versuch.',
  'The identity provider gives this name or address to somebody whom it manages already. Change it there, or delete this account; then the next attempt passes.':
    'Der Identitätsanbieter gibt diesen Namen oder diese Adresse jemandem, den er schon verwaltet. Ändern Sie es dort, oder löschen Sie dieses Konto; dann gelingt der nächste Versuch.',
  'Only the e-mail address is the same, which says nothing of who somebody is. Give the user of the identity provider the username of this account, or delete the account.':
    'Nur die E-Mail-Adresse ist dieselbe, und das sagt nichts darüber, wer jemand ist. Geben Sie dem Benutzer des Identitätsanbieters den Benutzernamen dieses Kontos, oder löschen Sie das Konto.',
  'This account is in the Owner Group. Provisioning never takes over an owner; give the user of the identity provider another username.':
    'Dieses Konto ist in der Eigentümergruppe. Die Bereitstellung übernimmt nie einen Eigentümer; geben Sie dem Benutzer des Identitätsanbieters einen anderen Benutzernamen.',
  'can only be null, which closes the guard': 'kann nur null sein; das schließt den Schutz',
  'This token is {0}.': 'Dieses Token ist {0}.',
  'This token is {0}; only an active one can be rotated.': 'Dieses Token ist {0}; nur ein aktives lässt sich wechseln.',
  'This token is not being rotated.': 'Bei diesem Token läuft kein Wechsel.',
  'The provisioning token "{0}" (ends in {1}) expires at {2}. Rotate it before then: provisioning stops when it is over.':
    'Das Bereitstellungs-Token „{0}“ (endet auf {1}) läuft am {2} ab. Wechseln Sie es vorher: Danach steht die Bereitstellung still.',
  'No token is valid, so nothing can be sent. Issue one, then look.':
    'Kein Token gilt, also kann nichts gesendet werden. Stellen Sie eines aus, dann sehen Sie nach.',
  'names no token of this tenant that is valid': 'nennt kein gültiges Token dieses Mandanten',
  'Others of this tenant wait for other tenants already. Try again in a moment.':
    'Andere dieses Mandanten warten schon auf andere Mandanten. Versuchen Sie es gleich noch einmal.',
  'The home of this guest gave no answer before this began. Try again.':
    'Das Zuhause dieses Gastes gab keine Antwort, bevor dies begann. Versuchen Sie es noch einmal.',
  'Others look at what Bulks would do. Look at this one in a moment.':
    'Andere sehen an, was Bulks täten. Sehen Sie diesen gleich an.',
  'Their organisation does not answer.': 'Ihre Organisation antwortet nicht.',
  'Other organisations took so long that theirs was not waited for.':
    'Andere Organisationen brauchten so lange, dass auf ihre nicht gewartet wurde.',
  'Others of this tenant wait for other organisations already.':
    'Andere dieses Mandanten warten schon auf andere Organisationen.',
  'They are more, or of more organisations, than are asked about at once.':
    'Sie sind mehr oder aus mehr Organisationen, als auf einmal gefragt wird.',
  'A request of provisioning waits for no other organisation.':
    'Eine Anfrage der Bereitstellung wartet auf keine andere Organisation.',
  'Another Bulk is looked at. Look at this one in a moment.':
    'Ein anderer Bulk wird gerade angesehen. Sehen Sie diesen gleich an.',
  'Looking at this takes longer than 2 seconds, and holds what it touches. It came to {0} of {1} operations. Look at fewer at once.':
    'Das anzusehen dauert länger als 2 Sekunden und hält fest, was es berührt. Erreicht wurden {0} von {1} Operationen. Sehen Sie weniger auf einmal an.',
  'Somebody changes the same just now. Nothing was changed; look again in a moment.':
    'Gerade ändert jemand dasselbe. Nichts wurde geändert; sehen Sie es gleich noch einmal an.',
  'Provisioning is paused: what is sent now is told to come again later. This is what it would do then.':
    'Die Bereitstellung ist angehalten: Was jetzt gesendet wird, soll später wiederkommen. Das würde es dann tun.',
  'Provisioning is off: what is sent now is refused. This is what it would do if it were on.':
    'Die Bereitstellung ist ausgeschaltet: Was jetzt gesendet wird, wird abgelehnt. Das würde es tun, wenn sie eingeschaltet wäre.',
  'Provisioning is paused: the identity provider is told to come again later.':
    'Die Bereitstellung ist angehalten: Dem Identitätsanbieter wird gesagt, dass er später wiederkommen soll.',
  'No token is valid, so no identity provider can provision. Create one, and enter it there with the base URL.':
    'Kein Token gilt, deshalb kann kein Identitätsanbieter bereitstellen. Legen Sie eines an, und tragen Sie es dort mit der Basis-URL ein.',
  'The guard is off: provisioning may deactivate or delete everybody whom it manages.':
    'Der Schutz ist aus: Die Bereitstellung darf alle deaktivieren oder löschen, die sie verwaltet.',
  'The guard is open for a day: every deactivation and deletion passes.':
    'Der Schutz ist einen Tag lang offen: Jede Deaktivierung und Löschung geht durch.',
  'Some of what provisioning asked for is held back and waits for a decision.':
    'Etwas von dem, was die Bereitstellung wollte, ist zurückgehalten und wartet auf eine Entscheidung.',
  'Some people or groups are out of step with the identity provider.':
    'Einige Personen oder Gruppen weichen vom Identitätsanbieter ab.',
  'is for provisioning that is on; turn it on as well':
    'gilt nur bei eingeschalteter Bereitstellung; schalten Sie sie dazu ein',
  'must not be in the future': 'darf nicht in der Zukunft liegen',
  'must be before the end of the window': 'muss vor dem Ende des Zeitraums liegen',
  'must be within the {0} days that changes can be undone':
    'muss innerhalb der {0} Tage liegen, in denen sich Änderungen zurücknehmen lassen',
  'The name or address belongs to {0} now.': 'Der Name oder die Adresse gehört jetzt {0}.',
  'The account was deleted since.': 'Das Konto wurde seither gelöscht.',
  'The group was deleted since.': 'Die Gruppe wurde seither gelöscht.',
  'The password that was set stays: the one before is not kept anywhere.':
    'Das gesetzte Passwort bleibt: Das frühere ist nirgends aufbewahrt.',
  'The password that was taken away is not kept anywhere.': 'Das entfernte Passwort ist nirgends aufbewahrt.',
  'What the audit holds of this person is gone.': 'Was das Audit-Protokoll von dieser Person enthielt, ist weg.',
  'You lack a permission that this would give. Nobody grants what they lack; ask an owner.':
    'Ihnen fehlt ein Recht, das es geben würde. Niemand gibt, was er nicht hat; fragen Sie einen Eigentümer.',
  'The account is there again.': 'Das Konto ist wieder da.',
  'Groups of it that are gone: {0}.': 'Gruppen, die es nicht mehr gibt: {0}.',
  'Changed since, and kept: {0}.': 'Seither geändert und belassen: {0}.',
  'It has no e-mail address any more, and a local account needs one.':
    'Es hat keine E-Mail-Adresse mehr, und ein lokales Konto braucht eine.',
  'The group is there again.': 'Die Gruppe ist wieder da.',
  'Of its members {0} are gone.': 'Von ihren Mitgliedern sind {0} weg.',
  'Of its grants {0} are gone.': 'Von ihren Rechten sind {0} weg.',
  'Renamed since, and kept.': 'Seither umbenannt und belassen.',
  'Its external id was changed since, and kept.': 'Ihre externe Kennung wurde seither geändert und belassen.',
  'Provisioning is on: the identity provider may send the same changes again. Pause it first.':
    'Die Bereitstellung ist eingeschaltet: Der Identitätsanbieter kann dieselben Änderungen wieder senden. Halten Sie sie zuerst an.',
  'Who comes back has no password until a new one is set.':
    'Wer zurückkommt, hat kein Passwort, bis ein neues gesetzt ist.',
  'Passwords that were set or taken away in this time stay so: the ones before are not kept anywhere.':
    'Passwörter, die in dieser Zeit gesetzt oder entfernt wurden, bleiben so: Die früheren sind nirgends aufbewahrt.',
  'Only the newest {0} changes were looked at. A shorter window shows all.':
    'Nur die neuesten {0} Änderungen wurden angesehen. Ein kürzerer Zeitraum zeigt alle.',

  // service-accounts
  'This service account is an owner. Only an owner may do this.':
    'Dieses Dienstkonto ist ein Eigentümer. Nur ein Eigentümer darf das.',

  // sessions
  'The e-mail address or the password is not right.': 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
  'This tenant lets nobody in from the network that you come from. Ask an owner of it.':
    'Dieser Mandant lässt niemanden aus dem Netz ein, aus dem Sie kommen. Fragen Sie einen seiner Eigentümer.',
  'This tenant requires a second factor, and the session that let this device in has none. Sign in again with one there, then let the device in.':
    'Dieser Mandant verlangt einen zweiten Faktor, und die Sitzung, die dieses Gerät einließ, hat keinen. Melden Sie sich dort noch einmal mit einem an, dann lassen Sie das Gerät ein.',
  'This tenant requires single sign-on. Sign in through its provider.':
    'Dieser Mandant verlangt Single Sign-on. Melden Sie sich über seinen Anbieter an.',
  '{0}, somebody signed in to your account from {1} with a browser that was not seen before. If it was not you, end that session and change your password.':
    '{0}, jemand hat sich mit einem bisher unbekannten Browser an Ihrem Konto angemeldet. Wenn Sie das nicht waren, beenden Sie jene Sitzung und ändern Sie Ihr Passwort.',
  'There is no sign-in of this browser to finish, or it took longer than 10 minutes. Begin again.':
    'In diesem Browser gibt es keine Anmeldung, die sich fortsetzen ließe, oder sie hat länger als 10 Minuten gedauert. Beginnen Sie noch einmal.',

  // sign-in-policy
  'must be a whole PNG, JPEG or WebP picture without animation':
    'muss ein ganzes Bild in PNG, JPEG oder WebP ohne Animation sein',
  'must have at most {0} bytes; this one has {1}': 'darf höchstens {0} Byte haben; dieses hat {1}',
  'must be {0} to {1} pixels wide and high; this one is {2} by {3} pixels':
    'muss {0} bis {1} Pixel breit und hoch sein; dieses hat {2} mal {3} Pixel',
  'must be as the sign-in page has it': 'muss so sein, wie die Anmeldeseite es hat',
  'must be a network such as 192.0.2.0/24 or 2001:db8::/32': 'muss ein Netz sein, etwa 192.0.2.0/24 oder 2001:db8::/32',
  'Name at least one field to change.': 'Nennen Sie mindestens ein Feld, das sich ändern soll.',
  'must have at most 140,000 characters': 'darf höchstens 140.000 Zeichen haben',
  'These networks do not hold the address that you come from, so this would lock you out. Add it, or make the change from one of them.':
    'Diese Netze enthalten die Adresse nicht, von der Sie kommen; Sie würden sich damit aussperren. Fügen Sie sie hinzu, oder ändern Sie es von einem dieser Netze aus.',

  // single-sign-on
  'Emergency codes are for owners with an account of their own here, not of provisioning.':
    'Notfallcodes sind für Eigentümer mit einem eigenen Konto hier, nicht aus der Bereitstellung.',
  '{0} made new emergency codes. They open the emergency door of this organisation; try one in a drill.':
    '{0} hat neue Notfallcodes erstellt. Sie öffnen den Notzugang dieser Organisation; erproben Sie einen in einer Übung.',
  'is none of your codes, or was used': 'ist keiner Ihrer Codes, oder wurde benutzt',
  'This is your last code. A drill would use it up; make new codes, then try one of those.':
    'Das ist Ihr letzter Code. Eine Übung würde ihn verbrauchen; erstellen Sie neue Codes, dann erproben Sie einen davon.',
  '{0} asks that what is held of them be erased. Disable the account, then erase it, or tell them why not.':
    '{0} bittet darum, dass alles getilgt wird, was über diese Person gespeichert ist. Sperren Sie das Konto und tilgen Sie es, oder sagen Sie der Person, warum nicht.',
  'You asked that what is held of you be erased. The owners of this organisation were told.':
    'Sie haben gebeten, dass alles getilgt wird, was über Sie gespeichert ist. Die Eigentümer dieser Organisation wurden benachrichtigt.',
  '{0} tried an emergency code in a drill. It worked.':
    '{0} hat in einer Übung einen Notfallcode erprobt. Es hat geklappt.',
  '{0} signed in by an emergency code, from {1}. If you did not expect it, end that session and look at the audit.':
    '{0} hat sich mit einem Notfallcode angemeldet, von {1}. Wenn Sie das nicht erwartet haben, beenden Sie jene Sitzung und sehen Sie das Audit-Protokoll durch.',
  'Activate an identity provider.': 'Aktivieren Sie einen Identitätsanbieter.',
  'An owner signs in through an active provider, and stays signed in meanwhile.':
    'Ein Eigentümer meldet sich über einen aktiven Anbieter an und bleibt solange angemeldet.',
  'An owner makes emergency codes and tries one of them in a drill.':
    'Ein Eigentümer erstellt Notfallcodes und erprobt einen davon in einer Übung.',
  'It is required.': 'Es wird verlangt.',
  'It is not required.': 'Es wird nicht verlangt.',
  'There is no active identity provider. Activate one first.':
    'Es gibt keinen aktiven Identitätsanbieter. Aktivieren Sie zuerst einen.',
  'No owner is signed in through an active identity provider. Sign in through it as an owner, so that it is known to work.':
    'Kein Eigentümer ist über einen aktiven Identitätsanbieter angemeldet. Melden Sie sich als Eigentümer über ihn an, damit feststeht, dass es geht.',
  'No owner has emergency codes that were tried. Make codes and try one in a drill first.':
    'Kein Eigentümer hat Notfallcodes, die erprobt wurden. Erstellen Sie zuerst Codes und erproben Sie einen in einer Übung.',
  'Single sign-on is required from now on: nobody signs in here by password, passkey or mailed link. Owners keep the emergency door.':
    'Von jetzt an wird Single Sign-on verlangt: Niemand meldet sich hier mit Passwort, Passkey oder gemailtem Link an. Eigentümer behalten den Notzugang.',
  'Single sign-on is not required any more: passwords and passkeys let people in again.':
    'Single Sign-on wird nicht mehr verlangt: Passwörter und Passkeys lassen wieder ein.',
  '{0} Requiring single sign-on is suspended, so that nobody is locked out: passwords and passkeys let people in again. Make emergency codes and try one in a drill, then it is required again.':
    '{0} Single Sign-on wird vorläufig nicht verlangt, damit niemand ausgesperrt ist: Passwörter und Passkeys lassen wieder ein. Erstellen Sie Notfallcodes und erproben Sie einen in einer Übung, dann wird es wieder verlangt.',
  'The last emergency code was used.': 'Der letzte Notfallcode wurde benutzt.',
  'New emergency codes were tried, so single sign-on is required again.':
    'Neue Notfallcodes wurden erprobt, deshalb wird Single Sign-on wieder verlangt.',
  'Single sign-on is required, and this is the last provider that lets people in. Stop requiring it, or activate another one, first.':
    'Single Sign-on wird verlangt, und das ist der letzte Anbieter, der jemanden einlässt. Verlangen Sie es zuerst nicht mehr, oder aktivieren Sie einen anderen.',

  // tasks
  'This tenant has {0} tasks under way. Wait until one is done, or cancel one.':
    'Dieser Mandant hat {0} laufende Aufgaben. Warten Sie, bis eine fertig ist, oder brechen Sie eine ab.',
  'This needs the permission {0}.': 'Dafür ist das Recht {0} nötig.',
  'This task is {0}; it has no result.': 'Diese Aufgabe ist {0}; sie hat kein Ergebnis.',
  'This task is {0}.': 'Diese Aufgabe ist {0}.',
  'It failed {0} times and was given up. Ask for it again, or for less; if that fails too, report it with the request id {1}.':
    'Es ist {0}-mal fehlgeschlagen und wurde aufgegeben. Verlangen Sie es noch einmal, oder weniger; wenn auch das fehlschlägt, melden Sie es mit der Kennung der Anfrage {1}.',
  'Who asked for this no longer holds the permission {0}.': 'Wer das verlangt hat, hat das Recht {0} nicht mehr.',

  // tenants
  'needs bootstrapKey': 'braucht bootstrapKey',
  'must be a time within the next 30 days': 'muss ein Zeitpunkt innerhalb der nächsten 30 Tage sein',
  'must be 1 to 200 visible ASCII characters': 'muss 1 bis 200 sichtbare ASCII-Zeichen haben',
  'This Idempotency-Key was used with another request. Use a new key for a new request.':
    'Dieser Idempotency-Key wurde mit einer anderen Anfrage benutzt. Nehmen Sie für eine neue Anfrage einen neuen.',
  'This set-up code is not valid. Start Bailiwick again to see a new link.':
    'Dieser Einrichtungscode gilt nicht. Starten Sie Bailiwick neu, um einen neuen Link zu sehen.',
  'must be an international number: + and 7 to 15 digits without spaces, as in +61291234567':
    'muss eine internationale Nummer sein: + und 7 bis 15 Ziffern ohne Leerzeichen, etwa +61291234567',
  'must have 1 to {0} characters': 'muss 1 bis {0} Zeichen haben',
  'must not contain control or invisible characters': 'darf keine Steuerzeichen oder unsichtbaren Zeichen enthalten',
  'must be an ABN of 11 digits, as in 51 824 753 556': 'muss eine ABN aus 11 Ziffern sein, etwa 51 824 753 556',
  'must be an ABN: its check digits do not fit, compare it with one such as 51 824 753 556':
    'muss eine ABN sein: Ihre Prüfziffern passen nicht, vergleichen Sie sie mit einer wie 51 824 753 556',
  'must be an ACN of 9 digits, as in 004 085 616': 'muss eine ACN aus 9 Ziffern sein, etwa 004 085 616',
  'must be an ACN: its check digit does not fit, compare it with one such as 004 085 616':
    'muss eine ACN sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer wie 004 085 616',
  'must be an IRD number of 8 or 9 digits, {0}': 'muss eine IRD-Nummer aus 8 oder 9 Ziffern sein, {0}',
  'must be an IRD number between 10-000-000 and 150-000-000, {0}':
    'muss eine IRD-Nummer zwischen 10-000-000 und 150-000-000 sein, {0}',
  'must be an IRD number: its check digit does not fit, compare it with one {0}':
    'muss eine IRD-Nummer sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer {0}',
  'must be an NZBN of 13 digits that begins with 94, as in 9429041535110':
    'muss eine NZBN aus 13 Ziffern sein, die mit 94 beginnt, etwa 9429041535110',
  'must be an NZBN: its check digit does not fit, compare it with one such as 9429041535110':
    'muss eine NZBN sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer wie 9429041535110',
  'must be a VAT number of 9 or 12 digits, {0}': 'muss eine VAT-Nummer aus 9 oder 12 Ziffern sein, {0}',
  'must be a VAT number: its check digits do not fit, compare it with one {0}':
    'muss eine VAT-Nummer sein: Ihre Prüfziffern passen nicht, vergleichen Sie sie mit einer {0}',
  'must be a Companies House number: 8 digits, or a prefix such as SC and 6 digits, as in 00445790 or SC123456':
    'muss eine Nummer des Companies House sein: 8 Ziffern, oder eine Vorsilbe wie SC und 6 Ziffern, etwa 00445790 oder SC123456',
  'must be a USt-IdNr: its check digit does not fit, compare it with one {0}':
    'muss eine USt-IdNr. sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer {0}',
  'must be a Steuer-ID: its check digit does not fit, compare it with one such as 36 574 261 809':
    'muss eine Steuer-ID sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer wie 36 574 261 809',
  'must be a USt-IdNr of DE and 9 digits, {0}, or a Steuer-ID of 11 digits':
    'muss eine USt-IdNr. aus DE und 9 Ziffern sein, {0}, oder eine Steuer-ID aus 11 Ziffern',
  'must be a SIREN of 9 digits or a SIRET of 14, as in 732 829 320 or 732 829 320 00074':
    'muss eine SIREN aus 9 Ziffern oder eine SIRET aus 14 sein, etwa 732 829 320 oder 732 829 320 00074',
  'must be a SIREN or SIRET: its check digit does not fit, compare it with one such as 732 829 320':
    'muss eine SIREN oder SIRET sein: Ihre Prüfziffer passt nicht, vergleichen Sie sie mit einer wie 732 829 320',
  'must be a TVA number of FR, 2 characters and the SIREN, {0}':
    'muss eine TVA-Nummer aus FR, 2 Zeichen und der SIREN sein, {0}',
  'must be a TVA number: the check digit of its SIREN does not fit, compare it with one {0}':
    'muss eine TVA-Nummer sein: Die Prüfziffer ihrer SIREN passt nicht, vergleichen Sie sie mit einer {0}',
  'must be a TVA number: its key does not fit its SIREN, compare it with one {0}':
    'muss eine TVA-Nummer sein: Ihr Schlüssel passt nicht zu ihrer SIREN, vergleichen Sie sie mit einer {0}',
  'must be an EIN of 9 digits, as in 12-3456789': 'muss eine EIN aus 9 Ziffern sein, etwa 12-3456789',
  'must be an EIN: no number begins with {0}, compare it with one as in 12-3456789':
    'muss eine EIN sein: Keine Nummer beginnt mit {0}, vergleichen Sie sie mit einer wie 12-3456789',
  'This link is not valid any more: it was used or is too old. Ask for another.':
    'Dieser Link gilt nicht mehr: Er wurde benutzt oder ist zu alt. Fordern Sie einen anderen an.',
  'This kind of credential does not open the administration API.':
    'Diese Art von Zugangsdaten öffnet die Verwaltungsschnittstelle nicht.',
  'must be createdAt or -createdAt: the operator sees no contents':
    'muss createdAt oder -createdAt sein: Der Betreiber sieht keine Inhalte',
  'must be a whole id: the operator sees no names': 'muss eine ganze Kennung sein: Der Betreiber sieht keine Namen',
  'A tenant of this platform has this system name, or had it. Choose another.':
    'Ein Mandant dieser Plattform hat diesen Systemnamen, oder hatte ihn. Wählen Sie einen anderen.',
  'This tenant is being made {0}. Wait ten minutes, then try again.':
    'Dieser Mandant wird gerade angelegt. Warten Sie zehn Minuten, dann versuchen Sie es noch einmal.',
  'The operator of this platform makes the tenants. Ask them.':
    'Mandanten legt der Betreiber dieser Plattform an. Fragen Sie ihn.',
  'If the address is right, a mail with a link is on its way. The link works for one hour.':
    'Wenn die Adresse stimmt, ist eine Mail mit einem Link unterwegs. Der Link gilt eine Stunde lang.',
  'is required here; ask the operator of the platform for one':
    'ist hier erforderlich; fragen Sie den Betreiber der Plattform danach',
  'was used, is too old, or is for another region or address':
    'wurde benutzt, ist zu alt, oder gilt für eine andere Region oder Adresse',
  'must have 1 to 63 letters a-z, digits or hyphens, and begin and end with a letter or digit':
    'muss 1 bis 63 Buchstaben a-z, Ziffern oder Bindestriche haben und mit einem Buchstaben oder einer Ziffer beginnen und enden',
  'must be a country code of ISO 3166-1, two capital letters such as AU':
    'muss ein Ländercode nach ISO 3166-1 sein, zwei Großbuchstaben wie DE',
  'must be a phone number of E.164 such as +61280001234': 'muss eine Telefonnummer nach E.164 sein, etwa +61280001234',
  'must be a domain such as example.com': 'muss eine Domain sein, etwa example.com',
  'Only a tenant that is closing can be restored.':
    'Nur ein Mandant, der geschlossen wird, lässt sich wiederherstellen.',
  'must be one of {0}': 'muss eines davon sein: {0}',
  "must include the tenant's own region, {0}": 'muss die eigene Region des Mandanten enthalten, {0}',
  'This tenant is {0}. Only one that is {1} can be {2}.':
    'Dieser Mandant ist {0}. Nur im Zustand „{1}“ lässt sich das tun.',
  'Nobody signs in any more; all accounts are deleted.': 'Niemand meldet sich mehr an; alle Konten werden gelöscht.',
  'Service accounts are deleted.': 'Dienstkonten werden gelöscht.',
  'Keys and provisioning tokens stop at once.': 'Schlüssel und Bereitstellungs-Token gelten sofort nicht mehr.',
  'Security groups and their grants are deleted.': 'Sicherheitsgruppen und ihre Rechte werden gelöscht.',
  'Namespaces, their gateways and their keys are deleted.':
    'Namensräume, ihre Gateways und ihre Schlüssel werden gelöscht.',
  'is not the system name of this tenant; type it to confirm':
    'ist nicht der Systemname dieses Mandanten; geben Sie ihn zur Bestätigung ein',
  'This tenant is closing. Until {0} an owner can restore it; then all of it is deleted.':
    'Dieser Mandant wird geschlossen. Bis {0} kann ein Eigentümer ihn wiederherstellen; dann wird alles gelöscht.',
  'This tenant was restored. It is not closing any more.':
    'Dieser Mandant wurde wiederhergestellt. Er wird nicht mehr geschlossen.',

  // kernel
  'The Authorization header must be: Bearer <credential>.':
    'Der Authorization-Header muss so lauten: Bearer <Zugangsdaten>.',
  'The credential is not one of ours. Check that it was copied whole.':
    'Diese Zugangsdaten sind nicht von uns. Prüfen Sie, ob sie ganz kopiert wurden.',
  'An agent key signs requests (RFC 9421); it is never sent as a bearer.':
    'Ein Agentenschlüssel signiert Anfragen (RFC 9421); er wird nie als Bearer gesendet.',
  'The signature is not of the form that agents use. See RFC 9421.':
    'Die Signatur hat nicht die Form, die Agenten benutzen. Siehe RFC 9421.',
  'The credential is not valid: it is unknown, revoked, paused or over.':
    'Diese Zugangsdaten gelten nicht: Sie sind unbekannt, widerrufen, angehalten oder abgelaufen.',
  'must have exactly one @, as in ann@example.com': 'muss genau ein @ haben, etwa ann@example.com',
  'must have letters, digits and single dots before the @, as in ann.lee@example.com':
    'muss vor dem @ Buchstaben, Ziffern und einzelne Punkte haben, etwa ann.lee@example.com',
  'must have at most {0} characters before the @': 'darf vor dem @ höchstens {0} Zeichen haben',
  'must not end with a dot': 'darf nicht mit einem Punkt enden',
  'must have a domain with at least one dot, as in example.com':
    'muss eine Domain mit mindestens einem Punkt haben, etwa example.com',
  'must have a domain of letters, digits, hyphens and dots, as in example.com':
    'muss eine Domain aus Buchstaben, Ziffern, Bindestrichen und Punkten haben, etwa example.com',
  'must name a domain, not an address': 'muss eine Domain nennen, keine Adresse',
  'must have labels of 1 to 63 letters, digits and inner hyphens in its domain, as in example.com':
    'muss eine Domain aus Teilen von je 1 bis 63 Buchstaben, Ziffern und inneren Bindestrichen haben, etwa example.com',
  'must not mix letters of several scripts, or use letters that look like other ones':
    'darf nicht Buchstaben mehrerer Schriften mischen oder Buchstaben verwenden, die wie andere aussehen',
  'This tenant has {0} {1}, the most that one may have. Delete some that are not needed.':
    'Dieser Mandant hat {0} {1}, mehr darf keiner haben. Löschen Sie einige, die nicht gebraucht werden.',
  'has an RSA key of less than {0} bits': 'hat einen RSA-Schlüssel von weniger als {0} Bit',
  'has a key on a curve that is not accepted': 'hat einen Schlüssel auf einer Kurve, die nicht angenommen wird',
  'has a key that is neither RSA nor ECDSA': 'hat einen Schlüssel, der weder RSA noch ECDSA ist',
  'Send If-Match with the ETag that you read, or * to change whatever is there.':
    'Senden Sie If-Match mit dem ETag, den Sie gelesen haben, oder * für jeden Stand.',
  'Somebody changed this since you read it. Read it again, then change it.':
    'Jemand hat das geändert, seit Sie es gelesen haben. Lesen Sie es noch einmal, dann ändern Sie es.',
  'Very many domains are being checked at the moment. Try again.':
    'Gerade werden sehr viele Domains geprüft. Versuchen Sie es noch einmal.',
  'This tenant is closed.': 'Dieser Mandant ist geschlossen.',
  'This tenant is {0}. The operator of the platform can tell why.':
    'Dieser Mandant ist {0}. Der Betreiber der Plattform kann sagen, warum.',
  'A request of another site is not served here.': 'Eine Anfrage einer anderen Seite wird hier nicht beantwortet.',
  'A change by session needs an Origin header of this console.':
    'Eine Änderung aus einer Sitzung braucht einen Origin-Header dieser Konsole.',
  'A change by session needs the header X-Bailiwick-CSRF.':
    'Eine Änderung aus einer Sitzung braucht den Header X-Bailiwick-CSRF.',
  'This is opened by a provisioning token only.': 'Das öffnet nur ein Bereitstellungs-Token.',
  'This tenant has turned provisioning off. An administrator can turn it on.':
    'Dieser Mandant hat die Bereitstellung ausgeschaltet. Die Administration kann sie einschalten.',
  'This tenant has paused provisioning. Nothing was changed; try later.':
    'Dieser Mandant hat die Bereitstellung angehalten. Nichts wurde geändert; versuchen Sie es später.',
  'This tenant lets nobody in from the network that you come from. An owner can change that in the sign-in policy.':
    'Dieser Mandant lässt niemanden aus dem Netz ein, aus dem Sie kommen. Ein Eigentümer kann das in den Anmelderegeln ändern.',
  'Show again that it is you (POST /v1/me/step-up), then repeat this.':
    'Zeigen Sie noch einmal, dass Sie es sind (POST /v1/me/step-up), dann wiederholen Sie das.',
  'This tenant is closing. An owner can restore it; until then it can only be read.':
    'Dieser Mandant wird geschlossen. Ein Eigentümer kann ihn wiederherstellen; bis dahin kann man ihn nur lesen.',
  'This tenant is read-only. The operator of the platform can tell why.':
    'Dieser Mandant kann nur gelesen werden. Der Betreiber der Plattform kann sagen, warum.',
  'This needs the permission {0}. An owner can grant it to one of your groups.':
    'Dafür ist das Recht {0} nötig. Ein Eigentümer kann es einer Ihrer Gruppen geben.',
  'This needs the permission {0}, which this partner access does not give. Have your organisation ask for more, or an owner of this tenant widen it.':
    'Dafür ist das Recht {0} nötig, das dieser Partnerzugriff nicht gibt. Lassen Sie Ihre Organisation um mehr bitten oder einen Eigentümer dieses Mandanten ihn erweitern.',
  'This needs the permission {0}, which no partner is let have. Only people of this tenant can do this.':
    'Dafür ist das Recht {0} nötig, das kein Partner bekommt. Das können nur Personen dieses Mandanten tun.',
  'The signature does not fit the request, its time or its key, or was used before.':
    'Die Signatur passt nicht zur Anfrage, zu ihrer Zeit oder zu ihrem Schlüssel, oder sie wurde schon benutzt.',
  'There were too many wrong attempts. Wait, then try again.':
    'Es waren zu viele falsche Versuche. Warten Sie, dann versuchen Sie es noch einmal.',
  'This key left once, and is kept nowhere. Make another one, with another Idempotency-Key.':
    'Dieser Schlüssel ging einmal hinaus und wird nirgends aufbewahrt. Erstellen Sie einen neuen, mit einem anderen Idempotency-Key.',
  'Other key files are being worked on at the moment. Try again.':
    'Im Moment werden andere Schlüsseldateien bearbeitet. Versuchen Sie es noch einmal.',
  'Many transactions of this tenant are being written down. Keep them and send them again.':
    'Gerade werden viele Transaktionen dieses Mandanten aufgeschrieben. Behalten Sie sie und senden Sie sie noch einmal.',
  'Many groups are being imported at this moment. Wait a second, then import again.':
    'Gerade werden viele Gruppen importiert. Warten Sie eine Sekunde und importieren Sie dann noch einmal.',
  'Many passwords are being checked at the moment. Try again shortly.':
    'Gerade werden viele Passwörter geprüft. Versuchen Sie es gleich noch einmal.',
  'This needs a credential.': 'Dafür sind Zugangsdaten nötig.',
  'Send the body as application/json in UTF-8; over SCIM application/scim+json is taken as well.':
    'Senden Sie den Inhalt als application/json in UTF-8; über SCIM geht auch application/scim+json.',
  'The body came with a Content-Encoding. Send it as it is, without one.':
    'Der Inhalt kam mit einem Content-Encoding. Senden Sie ihn, wie er ist, ohne.',
  'It is there in the version that If-None-Match names. Leave the header out.':
    'Es ist in der Version da, die If-None-Match nennt. Lassen Sie den Header weg.',
  'HTTP/1.1 needs a Host header (RFC 9110 section 7.2).':
    'HTTP/1.1 braucht einen Host-Header (RFC 9110, Abschnitt 7.2).',
  'The address is not one that can be read: an escape in it is broken.':
    'Diese Adresse lässt sich nicht lesen: Ein Ersatzzeichen darin ist beschädigt.',
  'There is no such address. GET /v1/openapi.json lists what there is.':
    'Diese Adresse gibt es nicht. GET /v1/openapi.json zählt auf, was es gibt.',
  'A body has at most {0} bytes here.': 'Ein Inhalt darf hier höchstens {0} Byte haben.',
  'Content-Length does not fit the body.': 'Content-Length passt nicht zum Inhalt.',
  'The request could not be read.': 'Die Anfrage ließ sich nicht lesen.',
  'The header lines have at most {0} bytes together.': 'Die Kopfzeilen dürfen zusammen höchstens {0} Byte haben.',
  'This is not a request that HTTP/1.1 allows, or it came too slowly.':
    'Das ist keine Anfrage, die HTTP/1.1 erlaubt, oder sie kam zu langsam.',
  'is not a parameter here': 'ist hier kein Parameter',
  'is not expected here': 'wird hier nicht erwartet',
  'is not UTF-8': 'ist nicht UTF-8',
  'is not JSON': 'ist kein JSON',
  'is not an object': 'ist kein Objekt',
  'contains NUL or half a character': 'enthält NUL oder ein halbes Zeichen',
  'names a field twice': 'nennt ein Feld doppelt',
  'is more than {0} levels deep': 'ist mehr als {0} Ebenen tief',
  'This address has {0} only.': 'Diese Adresse hat nur {0}.',
  'This method is not implemented. There are {0}.': 'Diese Methode gibt es nicht. Es gibt {0}.',
  'names no user that provisioning made in this tenant. Create the user, then add it':
    'nennt keinen Benutzer, den die Bereitstellung in diesem Mandanten angelegt hat. Legen Sie den Benutzer an, dann fügen Sie ihn hinzu',
  'names no user that provisioning made in this tenant, as {0} of the {1} that were looked up do not. Create the users, then add them':
    'nennt keinen Benutzer, den die Bereitstellung in diesem Mandanten angelegt hat, so wie {0} der {1}, nach denen gesucht wurde. Legen Sie die Benutzer an, dann fügen Sie sie hinzu',
  'names no user that provisioning made in this tenant, as {0} of the {1} do not. Create the users, then add them':
    'nennt keinen Benutzer, den die Bereitstellung in diesem Mandanten angelegt hat, so wie {0} der {1}. Legen Sie die Benutzer an, dann fügen Sie sie hinzu',
  '{0} gave no usable answer within {1} seconds.':
    '{0} hat innerhalb von {1} Sekunden keine brauchbare Antwort gegeben.',
  'must be an address such as https://login.example.com/path':
    'muss eine Adresse sein, etwa https://login.example.com/path',
  'must begin with https://': 'muss mit https:// beginnen',
  'must not hold a user name or a password': 'darf keinen Benutzernamen und kein Passwort enthalten',
  'must not hold a fragment (#)': 'darf kein Fragment (#) enthalten',
  'must not name a port other than {0}': 'darf keinen anderen Port nennen als {0}',
  'must not name a private address': 'darf keine private Adresse nennen',
  'must name a host on the internet': 'muss einen Host im Internet nennen',
  'is not a cursor of this list and sort; begin again without it':
    'ist kein Cursor dieser Liste und Sortierung; beginnen Sie ohne ihn von vorn',
  'must be one or several of {0}': 'muss eines oder mehrere davon sein: {0}',
  'must have at least {0} characters; a few words that do not belong together will do':
    'muss mindestens {0} Zeichen haben; ein paar Wörter, die nicht zusammengehören, genügen',
  'must not be built from common passwords, sequences or repetitions':
    'darf nicht aus verbreiteten Passwörtern, Reihen oder Wiederholungen gebaut sein',
  'must not be built from your name, your address, the organisation or this service':
    'darf nicht aus Ihrem Namen, Ihrer Adresse, der Organisation oder diesem Dienst gebaut sein',
  'Too many passwords are being checked.': 'Es werden zu viele Passwörter geprüft.',
  'must be a time in UTC such as 2026-01-31T12:00:00Z': 'muss ein Zeitpunkt in UTC sein, etwa 2026-01-31T12:00:00Z',
  'has none of the forms that are allowed here': 'hat keine der Formen, die hier erlaubt sind',
  'There is no such {0}, or you may not see it.': 'Das gibt es nicht, oder Sie dürfen es nicht sehen ({0}).',
  'A service account of this tenant has this name already.': 'Ein Dienstkonto dieses Mandanten hat diesen Namen schon.',
  'A group of this tenant has this name already.': 'Eine Gruppe dieses Mandanten hat diesen Namen schon.',
  'This tenant has this domain already.': 'Dieser Mandant hat diese Domain schon.',
  'An identity provider of this tenant has this name already.':
    'Ein Identitätsanbieter dieses Mandanten hat diesen Namen schon.',
  'This passkey is registered already.': 'Dieser Passkey ist schon eingetragen.',
  'The database did not answer, so that a change may or may not have been made. Read, or repeat the request with its Idempotency-Key.':
    'Die Datenbank hat nicht geantwortet; eine Änderung kann geschehen sein oder nicht. Lesen Sie nach, oder wiederholen Sie die Anfrage mit ihrem Idempotency-Key.',
  'The database is not available, so that a change may or may not have been made. Read, or repeat the request with its Idempotency-Key.':
    'Die Datenbank ist nicht erreichbar; eine Änderung kann geschehen sein oder nicht. Lesen Sie nach, oder wiederholen Sie die Anfrage mit ihrem Idempotency-Key.',
  'The disk is full, so nothing was changed. Reads go on; try again when there is room.':
    'Die Platte ist voll, deshalb wurde nichts geändert. Lesen geht weiter; versuchen Sie es noch einmal, wenn Platz ist.',
  'Another change was in the way. Nothing was changed; try again.':
    'Eine andere Änderung war im Weg. Nichts wurde geändert; versuchen Sie es noch einmal.',
  'The platform is being upgraded. Nothing was changed; try again.':
    'Die Plattform wird gerade aktualisiert. Nichts wurde geändert; versuchen Sie es noch einmal.',
  'This took longer than allowed. Narrow the request and try again.':
    'Das hat länger gedauert als erlaubt. Grenzen Sie die Anfrage ein und versuchen Sie es noch einmal.',
  'This provisioning token has used up its requests of this second. Send fewer at once.':
    'Dieses Bereitstellungs-Token hat seine Anfragen in dieser Sekunde verbraucht. Senden Sie weniger auf einmal.',
  'Provisioning has used up its share of the requests of this tenant in this second. Send fewer at once.':
    'Die Bereitstellung hat ihren Anteil an den Anfragen dieses Mandanten in dieser Sekunde verbraucht. Senden Sie weniger auf einmal.',
  'This tenant has used up its requests of this second. Send fewer at once.':
    'Dieser Mandant hat seine Anfragen in dieser Sekunde verbraucht. Senden Sie weniger auf einmal.',
  'The organisation whose people are in this group does not answer, so who gains and loses is not known. Try again; the change can be saved without.':
    'Die Organisation, deren Personen in dieser Gruppe sind, antwortet nicht; wer gewinnt und verliert, ist daher nicht bekannt. Versuchen Sie es erneut; die Änderung lässt sich auch so speichern.',
  'The directory does not answer. Try again, or ask the right region.':
    'Das Verzeichnis antwortet nicht. Versuchen Sie es noch einmal, oder fragen Sie die richtige Region.',
  'The directory does not answer, so the address of the right region is not known. Try again.':
    'Das Verzeichnis antwortet nicht, deshalb ist die Adresse der richtigen Region nicht bekannt. Versuchen Sie es noch einmal.',
  'This belongs to the region {0}. Send the request to {1}.':
    'Das gehört zur Region {0}. Senden Sie die Anfrage an {1}.',
  'must be an id': 'muss eine Kennung sein',
  'must have at least {0} characters': 'muss mindestens {0} Zeichen haben',
  'must not begin or end with a space': 'darf nicht mit einem Leerzeichen beginnen oder enden',
  'must be one of {0}, with - before it for the other direction':
    'muss eines davon sein, mit - davor in umgekehrter Richtung: {0}',
  'is not a field that can be set here': 'ist kein Feld, das sich hier setzen lässt',
  'This is a fault of ours. Nothing was changed; report it with the request id.':
    'Das ist ein Fehler bei uns. Nichts wurde geändert; melden Sie ihn mit der Kennung der Anfrage.',
  'This needs a credential: send Authorization: Bearer <credential>, or sign in.':
    'Dafür sind Zugangsdaten nötig: Senden Sie Authorization: Bearer <Zugangsdaten>, oder melden Sie sich an.',
  'Only the operator of the platform may do this.': 'Das darf nur der Betreiber der Plattform.',

  // oidc
  '{0} does not answer with an object.': '{0} antwortet nicht mit einem Objekt.',
  'The provider calls itself {0}, and here stands "{1}". Both must be the same, letter by letter.':
    'Der Anbieter nennt sich {0}, und hier steht „{1}“. Beide müssen gleich sein, Buchstabe für Buchstabe.',
  'What the provider says of {0} cannot be used: it {1}.':
    'Was der Anbieter als {0} nennt, ist nicht brauchbar: Es {1}.',
  'The provider does not accept this client ID with this client secret.':
    'Der Anbieter nimmt diese Client-ID mit diesem Client-Secret nicht an.',
  'The user information is about somebody else than the ID token.':
    'Die Benutzerauskunft handelt von jemand anderem als das ID-Token.',
  'The user information answered with {0} instead of 200.': 'Die Benutzerauskunft hat mit {0} statt 200 geantwortet.',
  'The user information has no {0} of one value, which tells who somebody is.':
    'Der Benutzerauskunft fehlt {0} mit einem Wert; daran ist zu erkennen, wer jemand ist.',
  'The user information is not a JSON object.': 'Die Benutzerauskunft ist kein JSON-Objekt.',
  'The answer of the provider is not accepted: {0}.': 'Die Antwort des Anbieters wird nicht angenommen: {0}.',
  'The provider did not accept the token that it gave.':
    'Der Anbieter hat das Token nicht angenommen, das er ausgegeben hat.',
  'There are no keys to verify with.': 'Es gibt keine Schlüssel zum Prüfen.',
  'The token was issued by {0} instead of "{1}".': 'Das Token wurde von {0} ausgestellt statt von „{1}“.',
  'The token is for {0} instead of "{1}".': 'Das Token ist für {0} statt für „{1}“.',
  'The token was issued to {0} instead of "{1}".': 'Das Token wurde {0} ausgestellt statt „{1}“.',
  'The token answers another request: its nonce is not the one that was sent.':
    'Das Token beantwortet eine andere Anfrage: Seine Nonce ist nicht die, die gesendet wurde.',
  'The token has no {0}.': 'Dem Token fehlt {0}.',
  "The token's {0} does not hold.": '{0} des Tokens stimmt nicht.',
  'The token is signed in a way that is not accepted. RS256, PS256, ES256 and EdDSA are.':
    'Das Token ist auf eine Weise signiert, die nicht angenommen wird. Angenommen werden RS256, PS256, ES256 und EdDSA.',
  'The provider publishes no key that fits the token.':
    'Der Anbieter veröffentlicht keinen Schlüssel, der zum Token passt.',
  'The signature of the token is not by the key that the provider publishes.':
    'Die Signatur des Tokens ist nicht von dem Schlüssel, den der Anbieter veröffentlicht.',
  'The token is not of the form that is accepted.': 'Das Token hat nicht die Form, die angenommen wird.',
  'The keys of the provider could not be read.': 'Die Schlüssel des Anbieters ließen sich nicht lesen.',

  // saml
  'What is encrypted cannot be decrypted. Have the provider read our metadata again: it must encrypt for a certificate of ours that is in force.':
    'Das Verschlüsselte lässt sich nicht entschlüsseln. Lassen Sie den Anbieter unsere Metadaten neu lesen: Er muss für ein Zertifikat von uns verschlüsseln, das in Kraft ist.',
  'What is encrypted must hold one EncryptedData with one EncryptedKey.':
    'Das Verschlüsselte muss ein EncryptedData mit einem EncryptedKey enthalten.',
  'It is encrypted in a way that is not accepted. AES-128 and AES-256 with GCM or CBC are.':
    'Es ist auf eine Weise verschlüsselt, die nicht angenommen wird. Angenommen werden AES-128 und AES-256 mit GCM oder CBC.',
  'Its key is encrypted in a way that is not accepted. RSA-OAEP with SHA-1 or, in XML Encryption 1.1, SHA-256 throughout is; RSA 1.5 is not.':
    'Sein Schlüssel ist auf eine Weise verschlüsselt, die nicht angenommen wird. Angenommen wird RSA-OAEP mit SHA-1 oder, in XML Encryption 1.1, durchgehend SHA-256; RSA 1.5 nicht.',
  'Nobody here asked for it.': 'Niemand hier hat danach gefragt.',
  'This assertion was used before. The provider must make a new one each time.':
    'Diese Assertion wurde schon benutzt. Der Anbieter muss jedes Mal eine neue erstellen.',
  'The attribute that tells who somebody is did not come with one value.':
    'Das Attribut, an dem zu erkennen ist, wer jemand ist, kam nicht mit einem Wert.',
  'does not answer with 200: is it the right address?': 'antwortet nicht mit 200: Ist es die richtige Adresse?',
  'cannot be read: {0}': 'lässt sich nicht lesen: {0}',
  'does not answer with text in UTF-8': 'antwortet nicht mit Text in UTF-8',
  'What came in the address cannot be read.': 'Was in der Adresse kam, lässt sich nicht lesen.',
  'A request to sign somebody out must be signed.': 'Eine Anfrage, jemanden abzumelden, muss signiert sein.',
  'A signature stands where none belongs.': 'Eine Signatur steht da, wo keine hingehört.',
  'What came is not a LogoutRequest of SAML 2.0.': 'Was kam, ist kein LogoutRequest von SAML 2.0.',
  'The request is by {0}.': 'Die Anfrage ist von {0}.',
  'The request was sent to another address than ours.': 'Die Anfrage wurde an eine andere Adresse als unsere gesendet.',
  'The request is too old, or of a time to come.': 'Die Anfrage ist zu alt, oder aus der Zukunft.',
  'The request is over.': 'Die Anfrage ist vorbei.',
  'The request must have an ID and name one person.': 'Die Anfrage muss eine ID haben und eine Person nennen.',
  'is not metadata that can be read: {0}': 'sind keine Metadaten, die sich lesen lassen: {0}',
  'is not SAML 2.0 metadata: it must begin with EntityDescriptor':
    'sind keine Metadaten von SAML 2.0: Sie müssen mit EntityDescriptor beginnen',
  "must be one of the metadata's: {0}": 'muss einer aus den Metadaten sein: {0}',
  'is over: its validUntil has passed': 'gelten nicht mehr: Ihr validUntil ist vorbei',
  'must describe one identity provider that speaks SAML 2.0':
    'müssen einen Identitätsanbieter beschreiben, der SAML 2.0 spricht',
  'has no usable entityID': 'haben keine brauchbare entityID',
  'has no SingleSignOnService with the HTTP-Redirect or HTTP-POST binding, which sign-ins begin with':
    'haben keinen SingleSignOnService mit der Bindung HTTP-Redirect oder HTTP-POST, womit Anmeldungen beginnen',
  'has no certificate for signing': 'haben kein Zertifikat zum Signieren',
  'has only certificates that have expired': 'haben nur Zertifikate, die abgelaufen sind',
  'has no usable certificate for signing: {0}': 'haben kein brauchbares Zertifikat zum Signieren: {0}',
  'What came is larger than {0} KiB, which is more than is read.':
    'Was kam, ist größer als {0} KiB; mehr wird nicht gelesen.',
  'What came is not Base64.': 'Was kam, ist nicht Base64.',
  'What came is not UTF-8.': 'Was kam, ist nicht UTF-8.',
  'What came is not a Response of SAML 2.0.': 'Was kam, ist keine Response von SAML 2.0.',
  'The answer must hold exactly one assertion, right below the Response.':
    'Die Antwort muss genau eine Assertion enthalten, unmittelbar unter der Response.',
  'The assertion is not encrypted, which is required here.':
    'Die Assertion ist nicht verschlüsselt, was hier verlangt wird.',
  'What was encrypted must be exactly one assertion.': 'Was verschlüsselt war, muss genau eine Assertion sein.',
  'The response is not signed. Have the provider sign responses, or set here that assertions are signed.':
    'Die Response ist nicht signiert. Lassen Sie den Anbieter Responses signieren, oder stellen Sie hier ein, dass Assertions signiert sind.',
  'The assertion is not signed. Have the provider sign assertions, or set here that responses are signed.':
    'Die Assertion ist nicht signiert. Lassen Sie den Anbieter Assertions signieren, oder stellen Sie hier ein, dass Responses signiert sind.',
  'The provider let nobody in. It said: {0}.': 'Der Anbieter hat niemanden eingelassen. Er sagte: {0}.',
  'Two elements have the same ID.': 'Zwei Elemente haben dieselbe ID.',
  'A signature stands where none belongs: one may stand in the Response and one in the Assertion.':
    'Eine Signatur steht da, wo keine hingehört: Eine darf in der Response stehen und eine in der Assertion.',
  'A signature holds objects of its own, which is not accepted.':
    'Eine Signatur enthält eigene Objekte, was nicht angenommen wird.',
  'The response was sent to {0}, and our address is {1}. Enter ours at the provider.':
    'Die Response wurde an {0} gesendet, und unsere Adresse ist {1}. Tragen Sie unsere beim Anbieter ein.',
  'The response names more than one issuer.': 'Die Response nennt mehr als einen Issuer.',
  'It does not answer the request that was sent, or answers one although none was sent.':
    'Sie beantwortet nicht die Anfrage, die gesendet wurde, oder eine, obwohl keine gesendet wurde.',
  'The provider calls itself {0}, and here stands {1}. Both must be the same, letter by letter.':
    'Der Anbieter nennt sich {0}, und hier steht {1}. Beide müssen gleich sein, Buchstabe für Buchstabe.',
  'The assertion has no ID or is not of SAML 2.0.': 'Die Assertion hat keine ID oder ist nicht von SAML 2.0.',
  'The assertion must be about one person.': 'Die Assertion muss von einer Person handeln.',
  'The person must be named by one NameID.': 'Die Person muss mit einer NameID genannt sein.',
  'The NameID has the format {0} instead of {1}.': 'Die NameID hat das Format {0} statt {1}.',
  'The NameID is another one each time (transient). Have the provider send a persistent one, or map the subject to an attribute that never changes.':
    'Die NameID ist jedes Mal eine andere (transient). Lassen Sie den Anbieter eine bleibende (persistent) senden, oder ordnen Sie das Subjekt einem Attribut zu, das sich nie ändert.',
  'The assertion must confirm its subject once, as bearer.':
    'Die Assertion muss ihr Subjekt einmal bestätigen, als Bearer.',
  'The assertion is meant for {0}, and our address is {1}. Enter ours at the provider.':
    'Die Assertion ist für {0} bestimmt, und unsere Adresse ist {1}. Tragen Sie unsere beim Anbieter ein.',
  'The assertion was not made for the request that was sent, or for one although none was sent.':
    'Die Assertion wurde nicht für die Anfrage gemacht, die gesendet wurde, oder für eine, obwohl keine gesendet wurde.',
  'The assertion must have conditions, once.': 'Die Assertion muss einmal Bedingungen haben.',
  'The assertion is for {0}, and we are {1}. Enter our entity ID at the provider.':
    'Die Assertion ist für {0}, und wir sind {1}. Tragen Sie unsere Entity-ID beim Anbieter ein.',
  'The assertion holds under a condition that is not known here.':
    'Die Assertion gilt unter einer Bedingung, die hier nicht bekannt ist.',
  'The assertion must say once how and when the person signed in.':
    'Die Assertion muss einmal sagen, wie und wann sich die Person angemeldet hat.',
  'The assertion does not say when the person signed in, or a time to come.':
    'Die Assertion sagt nicht, wann sich die Person angemeldet hat, oder nennt eine Zeit in der Zukunft.',
  'The person was to be asked again, and the provider did not: it must honour ForceAuthn.':
    'Die Person sollte noch einmal gefragt werden, und der Anbieter hat es nicht getan: Er muss ForceAuthn beachten.',
  "The person's session at the provider is over.": 'Die Sitzung der Person beim Anbieter ist vorbei.',
  'There is no certificate of the provider to verify with.': 'Es gibt kein Zertifikat des Anbieters zum Prüfen.',
  'The certificate of the provider is not accepted: it {0}.':
    'Das Zertifikat des Anbieters wird nicht angenommen: Es {0}.',
  'The certificate of the provider has expired on {0}. Read its metadata again, or enter the new certificate.':
    'Das Zertifikat des Anbieters ist am {0} abgelaufen. Lesen Sie seine Metadaten neu, oder tragen Sie das neue Zertifikat ein.',
  'It is signed in a way that is not accepted. RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are.':
    'Es ist auf eine Weise signiert, die nicht angenommen wird. Angenommen werden RSA und ECDSA mit SHA-256, SHA-384 oder SHA-512.',
  'The signature is not by a certificate that is set here, or what was signed has been changed. Read the metadata of the provider again.':
    'Die Signatur ist nicht von einem Zertifikat, das hier eingestellt ist, oder das Signierte wurde geändert. Lesen Sie die Metadaten des Anbieters neu.',
  'The signature is not of the form that XML Signature has.': 'Die Signatur hat nicht die Form von XML Signature.',
  'The signature must use exclusive canonicalisation without comments.':
    'Die Signatur muss ausschließende Kanonisierung (exclusive canonicalisation) ohne Kommentare verwenden.',
  'The signature must be over one element and no more.':
    'Die Signatur muss über ein Element gehen und über nicht mehr.',
  'The signature is over another element than the one that holds it.':
    'Die Signatur geht über ein anderes Element als das, in dem sie steht.',
  'The signature must transform by enveloped-signature and exclusive canonicalisation, and by nothing else.':
    'Die Signatur muss mit enveloped-signature und exclusive canonicalisation umformen, und mit nichts anderem.',
  'It is digested in a way that is not accepted. SHA-256, SHA-384 and SHA-512 are.':
    'Der Hash ist auf eine Weise gebildet, die nicht angenommen wird. Angenommen werden SHA-256, SHA-384 und SHA-512.',
  'What was signed has been changed on the way: its digest is another.':
    'Das Signierte wurde unterwegs geändert: Sein Hash ist ein anderer.',
  'The signature names more than {0} prefixes that are always written.':
    'Die Signatur nennt mehr als {0} Präfixe, die immer geschrieben werden.',
  'Not to be believed.': 'Nicht glaubhaft.',
  'It was used before.': 'Es wurde schon benutzt.',
  'What came is not XML as it should be: {0}.': 'Was kam, ist kein XML, wie es sein soll: {0}.',
  'What came says that it is not UTF-8.': 'Was kam, sagt von sich, dass es nicht UTF-8 ist.',
  'What came holds a comment, which could cut a value in two. Have the provider send none.':
    'Was kam, enthält einen Kommentar, der einen Wert teilen könnte. Lassen Sie den Anbieter keinen senden.',
  'What came holds a CDATA section, which is not accepted.':
    'Was kam, enthält einen CDATA-Abschnitt, was nicht angenommen wird.',
  'What came holds a processing instruction, which is not accepted.':
    'Was kam, enthält eine Verarbeitungsanweisung, was nicht angenommen wird.',
  'What came declares a document type, which is not accepted.':
    'Was kam, vereinbart einen Dokumenttyp, was nicht angenommen wird.',
  'has an object of more than {0} fields': 'hat ein Objekt mit mehr als {0} Feldern',
  'The paths of a PATCH have at most {0} characters. Send several.':
    'Die Pfade eines PATCH haben höchstens {0} Zeichen. Senden Sie mehrere.',
  'The operations of this PATCH look at too many values. Send several.':
    'Die Operationen dieses PATCH sehen sich zu viele Werte an. Senden Sie mehrere.',
  'What came has more than {0} elements, which is more than is read.':
    'Was kam, hat mehr als {0} Elemente; mehr wird nicht gelesen.',
  'What came is nested deeper than {0} elements, which is more than is read.':
    'Was kam, ist tiefer als {0} Elemente verschachtelt; mehr wird nicht gelesen.',
  'What came has an element with more than {0} attributes.': 'Was kam, hat ein Element mit mehr als {0} Attributen.',
  'What came declares more namespaces than are read.': 'Was kam, vereinbart mehr Namensräume, als gelesen werden.',
  'What came names an entity or a character that XML does not have.':
    'Was kam, nennt eine Entität oder ein Zeichen, die es in XML nicht gibt.',

  '{0} does not answer with 200. Is the issuer right?': '{0} antwortet nicht mit 200. Stimmt der Issuer?',
  '{0} does not answer with JSON. Is the issuer right?': '{0} antwortet nicht mit JSON. Stimmt der Issuer?',
  'The provider gave no ID token. Is openid among the scopes?':
    'Der Anbieter hat kein ID-Token ausgegeben. Ist openid unter den Scopes?',
  'The token was issued in the future. Is the clock of the provider right?':
    'Das Token wurde in der Zukunft ausgestellt. Geht die Uhr des Anbieters richtig?',
  'The token is over. Is the clock of the provider right?':
    'Das Token ist abgelaufen. Geht die Uhr des Anbieters richtig?',
  'The assertion says nothing of when it was made, or a time to come. Is the clock of the provider right?':
    'Die Assertion sagt nicht, wann sie erstellt wurde, oder nennt eine Zeit in der Zukunft. Geht die Uhr des Anbieters richtig?',
  'The assertion is more than ten minutes old. Is the clock of the provider right?':
    'Die Assertion ist mehr als zehn Minuten alt. Geht die Uhr des Anbieters richtig?',
  'The assertion could be used until a time that has passed, or without end. Is the clock of the provider right?':
    'Die Assertion war nur bis zu einer vergangenen Zeit brauchbar, oder ohne Ende. Geht die Uhr des Anbieters richtig?',
  'The assertion may not be used yet. Is the clock of the provider right?':
    'Die Assertion darf noch nicht benutzt werden. Geht die Uhr des Anbieters richtig?',
  'The assertion does not hold yet, or does not say from when. Is the clock of the provider right?':
    'Die Assertion gilt noch nicht, oder sagt nicht, ab wann. Geht die Uhr des Anbieters richtig?',
  'The assertion is over, or does not say until when it holds. Is the clock of the provider right?':
    'Die Assertion gilt nicht mehr, oder sagt nicht, bis wann. Geht die Uhr des Anbieters richtig?',
  'The provider said: {0}': 'Der Anbieter sagte: {0}',
  'The provider gave no token: {0}': 'Der Anbieter hat kein Token ausgegeben: {0}',

  // partners, guests, requests and decisions
  'This is opened by the key of a service account or by a service key.':
    'Das öffnet der Schlüssel eines Dienstkontos oder ein Dienstschlüssel.',
  'How people sign in is changed by people of this tenant, not by partners.':
    'Wie Personen sich anmelden, ändern Personen dieses Mandanten, nicht Partner.',
  'accountEnabling is part of how people sign in: it needs the permission identity-providers.change as well.':
    'accountEnabling gehört dazu, wie Personen sich anmelden: Das verlangt auch die Berechtigung identity-providers.change.',
  'This takes a secret. Partners bring none, since they would know it when their access is over.':
    'Das nimmt ein Geheimnis entgegen. Partner bringen keines mit, denn sie kennten es noch, wenn ihr Zugang endet.',
  'This shows a secret. Partners see none, whatever they were let do.':
    'Das zeigt ein Geheimnis. Partner sehen keines, was auch immer sie dürfen.',
  'has a field whose name contains NUL or half a character':
    'hat ein Feld, dessen Name NUL oder ein halbes Zeichen enthält',
  'Nothing here is open to you any more.': 'Hier steht Ihnen nichts mehr offen.',
  'is no {0} as this region knows it': 'ist keine Nachricht der Art {0}, wie diese Region sie kennt',
  'This tenant approves each use. Ask for an activation at home (My profile, Customers), and enter when it is approved.':
    'Dieser Mandant genehmigt jede Nutzung. Bitten Sie zu Hause (Mein Profil, Kunden) um eine Freischaltung, und treten Sie ein, wenn sie genehmigt ist.',
  'Too many requests wait for this customer; it is told again later.':
    'Für diesen Kunden warten zu viele Anfragen; es wird später noch einmal gemeldet.',
  'Your own organisation does not let you in here any more. Sign in there again.':
    'Ihre eigene Organisation lässt Sie hier nicht mehr ein. Melden Sie sich dort noch einmal an.',
  'Home answered too late. Try again.':
    'Ihre eigene Organisation hat zu spät geantwortet. Versuchen Sie es noch einmal.',
  'Long requests are worked on one after another, and others are. Try again.':
    'Lange Anfragen werden nacheinander bearbeitet, und gerade andere. Versuchen Sie es noch einmal.',
  'You have asked for this already. Wait for an answer.': 'Sie haben das schon erbeten. Warten Sie auf eine Antwort.',
  'This is no message of a region of the platform.': 'Das ist keine Nachricht einer Region der Plattform.',
  'The region {0} does not answer. Try again.': 'Die Region {0} antwortet nicht. Versuchen Sie es noch einmal.',
  'This region knows no such message. It may be older.':
    'Diese Region kennt keine solche Nachricht. Vielleicht ist sie älter.',
  'A region speaks of its own tenants only.': 'Eine Region spricht nur von ihren eigenen Mandanten.',
  'To try as an account needs the permission {0} too.': 'Um als ein Konto zu probieren, ist auch das Recht {0} nötig.',
  'Nobody approves their own use of partner access. Ask another person.':
    'Niemand gibt die eigene Nutzung eines Partnerzugriffs frei. Fragen Sie jemand anderen.',
  'You come in by partner access, and no group of this tenant takes you in. Have your organisation ask for more.':
    'Sie kommen über einen Partnerzugriff, und keine Gruppe dieses Mandanten nimmt Sie auf. Lassen Sie Ihre Organisation um mehr bitten.',
  'This person is no guest of this tenant any more. Refuse the request.':
    'Diese Person ist kein Gast dieses Mandanten mehr. Lehnen Sie die Anfrage ab.',
  'must be false: home chooses who is in an imported group':
    'muss false sein: Wer in einer importierten Gruppe ist, bestimmt ihr Heimatmandant',
  'names a guest that does not exist': 'nennt einen Gast, den es nicht gibt',
  'To look at this needs the permission {0} too.': 'Um das anzusehen, ist auch das Recht {0} nötig.',
  'must name one change: of accounts, groups, serviceAccount, serviceAccounts, guest, identityProvider, newcomer or provisioning':
    'muss eine Änderung nennen: accounts, groups, serviceAccount, serviceAccounts, guest, identityProvider, newcomer oder provisioning',
  'This needs the permission groups.evaluate. Without it, ask about yourself.':
    'Dafür ist das Recht groups.evaluate nötig. Ohne es können Sie nach sich selbst fragen.',
  'No other person may approve changes here. Grant namespaces.approve in this namespace to a group of other people first.':
    'Keine andere Person darf hier Änderungen genehmigen. Geben Sie zuerst einer Gruppe mit anderen Personen das Recht namespaces.approve in diesem Namensraum.',
  'It is so already: nothing would change, so nobody has to approve it.':
    'Es ist bereits so: Nichts würde sich ändern, also muss es niemand genehmigen.',
  'You have {0} changes waiting in this namespace. Withdraw one, or wait for a decision.':
    'Von Ihnen warten {0} Änderungen in diesem Namensraum. Ziehen Sie eine zurück, oder warten Sie auf eine Entscheidung.',
  '{0} changes wait in this namespace. Some have to be decided first.':
    'In diesem Namensraum warten {0} Änderungen. Erst müssen einige entschieden werden.',
  'It cannot be made as it was asked any more. {0} Have it asked again.':
    'Sie lässt sich nicht mehr so ausführen, wie sie erbeten wurde. {0} Lassen Sie sie noch einmal erbitten.',
  'What was sent is not kept any more.': 'Was gesendet wurde, ist nicht mehr aufbewahrt.',
  'People of this tenant decide about changes.': 'Über Änderungen entscheiden Personen dieses Mandanten.',
  'Nobody approves their own change.': 'Niemand genehmigt die eigene Änderung.',
  'Nobody approves a change that they, or a machine of theirs, asked for. Ask another person.':
    'Niemand genehmigt eine Änderung, die er selbst oder eine eigene Maschine erbat. Bitten Sie jemand anderen.',
  'This change is decided, withdrawn or over.': 'Diese Änderung ist entschieden, zurückgezogen oder vorbei.',
  'Who asked for this may not do it any more, so it is not made.':
    'Wer das erbat, darf es nicht mehr tun; darum wird es nicht ausgeführt.',
  'It is made by what both may do. You lack what its author may: {0}. Ask for it, or have somebody else approve it.':
    'Ausgeführt wird, was beide dürfen. Ihnen fehlt, was der Autor darf: {0}. Bitten Sie darum, oder lassen Sie jemand anderen genehmigen.',
  'It is made by what both may do, and that is too little. Have somebody approve it who may do more.':
    'Ausgeführt wird, was beide dürfen, und das ist zu wenig. Lassen Sie jemanden genehmigen, der mehr darf.',
  'The key by which this was asked for is paused. Have it resumed, then approve this.':
    'Der Schlüssel, mit dem dies erbeten wurde, ist angehalten. Lassen Sie ihn fortsetzen, und genehmigen Sie dann.',
  'This needs the permission {0} too: it is made by what both may do.':
    'Dafür ist auch das Recht {0} nötig: Ausgeführt wird, was beide dürfen.',
  'Somebody asks for a change in the protected namespace {0}. You may decide about it.':
    'Jemand erbittet eine Änderung im geschützten Namensraum {0}. Sie dürfen darüber entscheiden.',
  'The change that you asked for in {0} was approved, and made.':
    'Die Änderung, die Sie in {0} erbaten, wurde genehmigt und ausgeführt.',
  'The change that you asked for in {0} was refused: "{1}"':
    'Die Änderung, die Sie in {0} erbaten, wurde abgelehnt: „{1}“',
  'Your request for the permission {0} was refused: "{1}"': 'Ihre Bitte um das Recht {0} wurde abgelehnt: „{1}“',
  'Partner access ends on {0}. {1}': 'Der Partnerzugriff endet am {0}. {1}',
  'The file {0} that you asked for was not made. {1}': 'Die Datei {0}, die Sie verlangten, wurde nicht erstellt. {1}',
  'This gateway asks its programs for a client certificate: {0}':
    'Dieses Gateway verlangt von seinen Programmen ein Client-Zertifikat: {0}',
  'this connection has none. Start the program with --client-certificate and --client-key, or --client-pkcs12, at the address that asks for one.':
    'Diese Verbindung hat keines. Starten Sie das Programm mit --client-certificate und --client-key oder mit --client-pkcs12, an der Adresse, die danach fragt.',
  'that of this connection is over, or has not begun.': 'Das dieser Verbindung ist abgelaufen oder gilt noch nicht.',
  'that of this connection is none of those, and none of those issued it.':
    'Das dieser Verbindung ist keines von diesen, und keines von diesen hat es ausgestellt.',
  'that of this connection is an authority’s own.': 'Das dieser Verbindung ist das einer Zertifizierungsstelle selbst.',
  'that of this connection is not for clients.': 'Das dieser Verbindung ist nicht für Clients.',
  'Provisioning (SCIM) is paused, and this group still belongs to it. {0}':
    'Die Bereitstellung (SCIM) ist angehalten, und diese Gruppe gehört ihr weiterhin. {0}',
  'This group is managed by provisioning (SCIM). {0}': 'Diese Gruppe wird von der Bereitstellung (SCIM) verwaltet. {0}',
  'An active identity provider needs it: {0}': 'Ein aktiver Identitätsanbieter braucht es: {0}',
  'It cannot be activated yet: {0}': 'Er lässt sich noch nicht aktivieren: {0}',
  'It cannot be tested yet: {0}': 'Er lässt sich noch nicht testen: {0}',
  'Fill in what is missing first: {0}': 'Füllen Sie zuerst aus, was fehlt: {0}',
  '1 account': '1 Konto',
  '{0} accounts': '{0} Konten',
  '1 transaction': '1 Transaktion',
  '{0} transactions': '{0} Transaktionen',
  'in {0} days': 'in {0} Tagen',
  'within a day': 'innerhalb eines Tages',
  now: 'jetzt',
  'The change that you asked for in {0} was not made. {1}':
    'Die Änderung, die Sie in {0} erbaten, wurde nicht ausgeführt. {1}',
  'It is decided, or over.': 'Es ist entschieden oder vorbei.',
  'Nobody decides about their own request, or lets a machine of theirs.':
    'Niemand entscheidet über die eigene Anfrage, auch nicht durch eine eigene Maschine.',
  'Only who asked withdraws it.': 'Nur wer gefragt hat, zieht sie zurück.',
  'People ask for access. What a service account may do is decided by who runs it.':
    'Zugriff erbitten Personen. Was ein Dienstkonto darf, entscheidet, wer es betreibt.',
  'You hold this permission already.': 'Sie haben dieses Recht schon.',
  'You have {0} requests open. Withdraw one, or wait for an answer.':
    'Sie haben {0} offene Anfragen. Ziehen Sie eine zurück, oder warten Sie auf eine Antwort.',
  'Somebody asks for the permission {0}. You may decide about it.':
    'Jemand erbittet das Recht {0}. Sie dürfen darüber entscheiden.',
  'Nobody decides about their own request, or lets a machine of theirs. Ask another person.':
    'Niemand entscheidet über die eigene Anfrage, auch nicht durch eine eigene Maschine. Bitten Sie jemand anderen.',
  'This request is decided, withdrawn or over.': 'Diese Anfrage ist entschieden, zurückgezogen oder vorbei.',
  'names no group that gives what is asked for': 'nennt keine Gruppe, die gibt, was erbeten ist',
  'Your request for the permission {0} was approved. You are in the group "{1}".':
    'Ihre Bitte um das Recht {0} wurde gewährt. Sie sind in der Gruppe „{1}“.',
  'Your request for the permission {0} was approved. You are in the group "{1}" until {2}.':
    'Ihre Bitte um das Recht {0} wurde gewährt. Sie sind bis {2} in der Gruppe „{1}“.',
  'must name the group': 'muss die Gruppe nennen',
  'The customer decides.': 'Der Kunde entscheidet.',
  'This is {0}.': 'Das ist {0}.',
  'This delegation is {0}.': 'Dieser Partnerzugriff ist {0}.',
  'The customer lets your group in without an activation.': 'Der Kunde lässt Ihre Gruppe ohne Aktivierung ein.',
  'You have asked 3 times already. Wait until the customer answers.':
    'Sie haben schon dreimal gefragt. Warten Sie, bis der Kunde antwortet.',
  'The customer decides about this.': 'Darüber entscheidet der Kunde.',
  'A person of your partner asks to act in this tenant for an hour.':
    'Eine Person Ihres Partners bittet, eine Stunde lang in diesem Mandanten zu handeln.',
  'A person of your partner asks to act in this tenant for {0} hours.':
    'Eine Person Ihres Partners bittet, {0} Stunden lang in diesem Mandanten zu handeln.',
  'The customer approved your activation.': 'Der Kunde hat Ihre Aktivierung gewährt.',
  'Your activation is {0}.': 'Ihre Aktivierung ist {0}.',
  'Ask the customer to renew it.': 'Bitten Sie den Kunden, ihn zu verlängern.',
  'The partner may ask to renew it.': 'Der Partner darf um Verlängerung bitten.',
  'must name at least one customer': 'muss mindestens einen Kunden nennen',
  'Only an owner of this tenant decides about partner access.':
    'Über Partnerzugriff entscheidet nur ein Eigentümer dieses Mandanten.',
  'This request is {0}.': 'Diese Anfrage ist {0}.',
  'Only an owner approves partner access.': 'Partnerzugriff gewährt nur ein Eigentümer.',
  'The partner asks to renew what stands.': 'Der Partner bittet, Bestehendes zu verlängern.',
  'names the Owner Group; make a group for this': 'nennt die Eigentümergruppe; legen Sie dafür eine Gruppe an',
  'names a group of others; access is not passed on': 'nennt eine Gruppe anderer; Zugriff wird nicht weitergereicht',
  'must name what the group is to do': 'muss nennen, was die Gruppe tun soll',
  'Only a tenant of type partner asks customers for access. The operator sets the type.':
    'Nur ein Mandant vom Typ Partner bittet Kunden um Zugriff. Den Typ setzt der Betreiber.',
  'is this tenant': 'ist dieser Mandant',
  'This group has asked that customer already. Wait, or end that request.':
    'Diese Gruppe hat jenen Kunden schon gefragt. Warten Sie, oder beenden Sie jene Anfrage.',
  'names no active delegation of that customer and group':
    'nennt keinen aktiven Partnerzugriff jenes Kunden und jener Gruppe',
  'The customer decides about this request.': 'Über diese Anfrage entscheidet der Kunde.',
  'was not asked for': 'wurde nicht erbeten',
  'The partner does not answer, so where it asks to act is not known. Name namespaceIds, or try again.':
    'Der Partner antwortet nicht, deshalb ist nicht bekannt, wo er handeln möchte. Nennen Sie namespaceIds, oder versuchen Sie es noch einmal.',
  'must name namespaces: some were asked for, not all':
    'muss Namensräume nennen: Um einige wurde gebeten, nicht um alle',
  'must name namespaces: of those that were asked for none is here':
    'muss Namensräume nennen: Von den erbetenen ist keiner hier',
  'Whether this closes a circle of partners is not known yet: a tenant on the way gave no answer, or is being changed itself. Try again.':
    'Ob dies einen Kreis von Partnern schließt, ist noch nicht bekannt: Ein Mandant auf dem Weg hat nicht geantwortet oder wird selbst gerade geändert. Versuchen Sie es erneut.',
  'So many tenants stand above that one that it cannot be seen whether this closes a circle of partners. Have it end partner access that it does not need.':
    'Über jenem Mandanten stehen so viele andere, dass nicht zu sehen ist, ob dies einen Kreis von Partnern schließt. Lassen Sie ihn Partnerzugriffe beenden, die er nicht braucht.',
  'That is not known yet.': 'Das ist noch nicht bekannt.',
  'This tenant has access to that one already, itself or through tenants that it has access to. Partners do not stand in a circle: end that first.':
    'Dieser Mandant hat schon Zugriff auf jenen, selbst oder durch Mandanten, auf die er Zugriff hat. Partner stehen nicht im Kreis: Beenden Sie zuerst diesen Zugriff.',
  'must be at most {0}, as asked': 'darf höchstens {0} sein, wie erbeten',
  'Only an owner stops all partner access.': 'Allen Partnerzugriff beendet nur ein Eigentümer.',
  'A customer let your group in. It is in the list of tenants of its members.':
    'Ein Kunde hat Ihre Gruppe eingelassen. Er steht in der Mandantenliste ihrer Mitglieder.',
  'A customer refused a request for access.': 'Ein Kunde hat eine Bitte um Zugriff abgelehnt.',
  'A partner asks to be let in. Look at what it asks for before you approve it.':
    'Ein Partner bittet um Einlass. Sehen Sie sich an, worum er bittet, bevor Sie es gewähren.',
  'must be a key as it was handed over': 'muss ein Schlüssel sein, wie er übergeben wurde',
  'Groups are shared and imported by people of this tenant, not by guests.':
    'Gruppen teilen und führen Personen dieses Mandanten ein, nicht Gäste.',
  'This key is {0}.': 'Dieser Schlüssel ist {0}.',
  '{0} keys are open. Revoke some that are not needed.':
    '{0} Schlüssel sind offen. Widerrufen Sie einige, die nicht gebraucht werden.',
  'This key is {0} already.': 'Dieser Schlüssel ist bereits {0}.',
  'This key was used, revoked or has expired, or is not for this tenant. Ask the other organisation for another.':
    'Dieser Schlüssel wurde verwendet, widerrufen oder ist abgelaufen, oder er ist nicht für diesen Mandanten. Bitten Sie die andere Organisation um einen neuen.',
  '{0} groups are imported. End some that are not needed.':
    '{0} Gruppen sind eingeführt. Beenden Sie einige, die nicht gebraucht werden.',
  'This group is imported here already. The key was not used.':
    'Diese Gruppe ist hier bereits eingeführt. Der Schlüssel wurde nicht verwendet.',
  'This group is imported already.': 'Diese Gruppe ist bereits eingeführt.',
  'This import is over.': 'Diese Einfuhr ist beendet.',
  'This import is over already.': 'Diese Einfuhr ist bereits beendet.',
  'The other organisation shares too many groups already. It must end some.':
    'Die andere Organisation teilt bereits zu viele Gruppen. Sie muss einige beenden.',
  'Another organisation imported a group of this tenant with a key. Its members can act there.':
    'Eine andere Organisation hat eine Gruppe dieses Mandanten mit einem Schlüssel eingeführt. Ihre Mitglieder können dort handeln.',
  'Inviting into groups needs the permission groups.change as well. Ask an owner.':
    'In Gruppen einzuladen braucht auch das Recht groups.change. Fragen Sie einen Eigentümer.',
  'Its members are those of a group of another tenant. Change what it may do, or end the partner access or the import that made it.':
    'Ihre Mitglieder sind die einer Gruppe eines anderen Mandanten. Ändern Sie, was sie darf, oder beenden Sie den Partnerzugriff oder die Einfuhr, aus der sie kommt.',
  'A membership of the Owner Group does not end by itself.':
    'Eine Mitgliedschaft in der Eigentümergruppe endet nicht von selbst.',
  'Who is in this group, and how long, is decided where it comes from.':
    'Wer in dieser Gruppe ist, und wie lange, wird dort entschieden, woher sie kommt.',
  "This membership follows the person's groups at the identity provider.":
    'Diese Mitgliedschaft folgt den Gruppen der Person beim Identitätsanbieter.',
  'Your membership of the group {0} ends on {1}.': 'Ihre Mitgliedschaft in der Gruppe {0} endet am {1}.',
  '{0} memberships of the group {1}, which you answer for, end on {2}.':
    '{0} Mitgliedschaften in der Gruppe {1}, für die Sie einstehen, enden am {2}.',
  'is not given whole to people of other tenants; name single permissions':
    'wird Personen anderer Mandanten nicht im Ganzen gegeben; nennen Sie einzelne Rechte',
  'is never given to people of other tenants': 'wird Personen anderer Mandanten nie gegeben',
  'This way in was used, or is over. Go back to your own organisation and enter again.':
    'Dieser Zugang wurde benutzt oder ist vorbei. Gehen Sie zurück zu Ihrer eigenen Organisation und treten Sie noch einmal ein.',
  '{0} invitations are open. Revoke some that are not needed.':
    '{0} Einladungen sind offen. Widerrufen Sie einige, die nicht gebraucht werden.',
  'This invitation was used, revoked or has expired, or is not for you. Ask for another.':
    'Diese Einladung wurde benutzt, widerrufen oder ist abgelaufen, oder sie ist nicht für Sie. Bitten Sie um eine andere.',
  'This invitation is for people of other tenants. Ask to be added to the group.':
    'Diese Einladung ist für Personen anderer Mandanten. Bitten Sie darum, in die Gruppe aufgenommen zu werden.',
  'must name at least one group': 'muss mindestens eine Gruppe nennen',
  'must be what stood behind # in the address': 'muss sein, was in der Adresse hinter # stand',
  'Only a person who is signed in at home does this.':
    'Das tut nur eine Person, die bei ihrer eigenen Organisation angemeldet ist.',
  'Home does not let this person in.': 'Die eigene Organisation lässt diese Person nicht ein.',
  'This way in was used, or is over.': 'Dieser Zugang wurde benutzt oder ist vorbei.',
  'A service key asks about its own namespace and what can be granted in it. Ask with the key of a service account.':
    'Ein Dienstschlüssel fragt nach seinem eigenen Namensraum und dem, was sich darin geben lässt. Fragen Sie mit dem Schlüssel eines Dienstkontos.',
  'There is no such address. Below the URL of the tenant there are /access/v1/evaluation, /evaluations and /search/subject, /search/resource, /search/action.':
    'Diese Adresse gibt es nicht. Unter der URL des Mandanten gibt es /access/v1/evaluation, /evaluations und /search/subject, /search/resource, /search/action.',
  'is not of this search': 'gehört nicht zu dieser Suche',
  'must be 1 or more with a token, or left out': 'muss mit einem Token 1 oder mehr sein oder wegbleiben',

  // kernel/plain-words
  'must have at most {0} {1}': 'darf höchstens {0} {1} haben',
  'must be at most {0}': 'darf höchstens {0} sein',
  'must have at least {0} {1}': 'muss mindestens {0} {1} haben',
  'must be at least {0}': 'muss mindestens {0} sein',
  'must have exactly {0} {1}': 'muss genau {0} {1} haben',
  'must be exactly {0}': 'muss genau {0} sein',
  'must be {0}': 'muss {0} sein',
  'must be of the form of {0}': 'muss die Form von {0} haben',
  'must be of another form': 'muss eine andere Form haben',
  characters: 'Zeichen',
  items: 'Einträge',
  text: 'Text',
  'a number': 'eine Zahl',
  'a whole number': 'eine ganze Zahl',
  'true or false': 'true oder false',
  'a list': 'eine Liste',
  'an object': 'ein Objekt',

  // what stands in them
  active: 'aktiv',
  'read-only': 'nur lesbar',
  suspended: 'ausgesetzt',
  closing: 'im Begriff, geschlossen zu werden',
  closed: 'geschlossen',
  disabled: 'gesperrt',
  paused: 'angehalten',
  rotating: 'im Wechsel',
  revoked: 'widerrufen',
  expired: 'abgelaufen',
  running: 'noch nicht fertig',
  done: 'fertig',
  failed: 'fehlgeschlagen',
  cancelled: 'abgebrochen',
  allowed: 'durchgelassen',
  dismissed: 'verworfen',
  accounts: 'Konten',
  groups: 'Gruppen',
  namespaces: 'Namensräume',
  domains: 'Domains',
  tenant: 'Mandant',
  account: 'Konto',
  'identity provider': 'Identitätsanbieter',
  session: 'Sitzung',
  'ownership transfer': 'Angebot von Eigentum',
  task: 'Aufgabe',
  'service account': 'Dienstkonto',
  namespace: 'Namensraum',
  group: 'Gruppe',
  'ownership recovery': 'Wiederherstellung',
  hold: 'Zurückgehaltenes',
  factor: 'Faktor',
  domain: 'Domain',
  'audit entry': 'Eintrag',
  member: 'Mitglied',
  key: 'Schlüssel',
  'provisioning token': 'Bereitstellungs-Token',
  'service key': 'Dienstschlüssel',
  'agent key': 'Agentenschlüssel',
  'an account': 'ein Konto',
  'a service account': 'ein Dienstkonto',
  'A passkey': 'ein Passkey',
  'An authenticator app': 'eine Authenticator-App',
  'somebody else': 'jemand anderem',
  ', who is an owner no more': ', nun kein Eigentümer mehr,',
  'as in 49-091-850': 'etwa 49-091-850',
  'as in GB 980 7806 84': 'etwa GB 980 7806 84',
  'as in DE 136 695 976': 'etwa DE 136 695 976',
  'as in FR 40 303 265 045': 'etwa FR 40 303 265 045',
  'decisions about its namespace': 'Entscheidungen über seinen Namensraum',
  'its gateway': 'sein Gateway',

  // review-campaigns
  'must not name one twice': 'darf nichts doppelt nennen',
  'must be a number of days from 1 to 9999': 'muss eine Zahl von Tagen zwischen 1 und 9999 sein',
  'must be an hour from now at least': 'muss mindestens eine Stunde in der Zukunft liegen',
  'must be within a year': 'muss innerhalb eines Jahres liegen',
  'does not name {0}': 'nennt nicht {0}',
  'an account that is enabled': 'ein freigegebenes Konto',
  'has no membership in it': 'enthält keine Mitgliedschaft',
  'has {0} memberships in it, more than {1}; make several campaigns of it':
    'enthält {0} Mitgliedschaften, mehr als {1}; machen Sie mehrere Überprüfungen daraus',
  'names nothing that is yours to decide and not removed':
    'nennt nichts, worüber Sie entscheiden und was nicht entfernt ist',
  'must name items of the list, since nothing of it is yours to decide':
    'muss Einträge der Liste nennen, denn Sie entscheiden über nichts davon',
  'A campaign is begun by somebody of this tenant.': 'Eine Überprüfung beginnt jemand aus diesem Mandanten.',
  'This tenant has {0} campaigns that are not over. End one, then begin this.':
    'Dieser Mandant hat {0} laufende Überprüfungen. Beenden Sie eine, dann beginnen Sie diese.',
  'It is still being gathered.': 'Ihre Mitgliedschaften werden noch gesammelt.',
  'Its memberships are still being gathered. Wait a moment.':
    'Ihre Mitgliedschaften werden noch gesammelt. Warten Sie einen Augenblick.',
  'This campaign is over.': 'Diese Überprüfung ist beendet.',
  'This campaign is over. What was decided stays as it is.':
    'Diese Überprüfung ist beendet. Was entschieden ist, bleibt, wie es ist.',
  'No removal waits.': 'Nichts ist mehr zu entfernen.',
  'No removal of this campaign waits.': 'In dieser Überprüfung ist nichts mehr zu entfernen.',
  'Nobody decides about their own access, or that of a machine of theirs.':
    'Niemand entscheidet über den eigenen Zugriff oder den einer eigenen Maschine.',
  'Nobody decides about their own access, or that of a machine of theirs. Another reviewer does; one can be added to the campaign.':
    'Niemand entscheidet über den eigenen Zugriff oder den einer eigenen Maschine. Ein anderer Prüfer tut es; der Überprüfung kann einer hinzugefügt werden.',
  'Another reviewer decides.': 'Ein anderer Prüfer entscheidet.',
  'Those decide who answer for the group, and the reviewers named in the campaign.':
    'Es entscheidet, wer für die Gruppe zuständig ist, und die Prüfer, die in der Überprüfung genannt sind.',
  'It is removed.': 'Es ist entfernt.',
  'It is removed. Who needs it again asks for it.': 'Es ist entfernt. Wer es wieder braucht, fragt es an.',
  'It was gone already.': 'Es war schon weg.',
  'It was gone already; what stands now was given later.': 'Es war schon weg; was jetzt besteht, wurde später gegeben.',
  "This membership follows the person's groups at the identity provider. Remove them from the group there, or change the mapping.":
    'Diese Mitgliedschaft folgt den Gruppen der Person beim Identitätsanbieter. Entfernen Sie sie dort aus der Gruppe, oder ändern Sie die Zuordnung.',
  "It follows the person's groups at the identity provider. Remove them from the group there, or change the mapping.":
    'Sie folgt den Gruppen der Person beim Identitätsanbieter. Entfernen Sie sie dort aus der Gruppe, oder ändern Sie die Zuordnung.',
  'Who decided may not end this access: that needs the permission {0}.':
    'Wer entschieden hat, darf diesen Zugriff nicht beenden: Dafür ist das Recht {0} nötig.',
  'Who decided may not change groups: that needs the permission groups.change.':
    'Wer entschieden hat, darf Gruppen nicht ändern: Dafür ist das Recht groups.change nötig.',
  'Owners are removed one by one, by somebody who shows again who they are.':
    'Eigentümer werden einzeln entfernt, von jemandem, der noch einmal zeigt, wer er ist.',
  'These are more than {0}. Look at them group by group.': 'Das sind mehr als {0}. Sehen Sie sie Gruppe für Gruppe an.',
  'These are groups of more than {0} other tenants. Look at them group by group.':
    'Das sind Gruppen von mehr als {0} anderen Mandanten. Sehen Sie sie Gruppe für Gruppe an.',
  'Nobody could decide about it: all who were to stand behind this machine.':
    'Darüber konnte niemand entscheiden: Alle, die es sollten, stehen hinter dieser Maschine.',
  'Nobody decided until the campaign ended.': 'Bis zum Ende der Überprüfung hat niemand entschieden.',
  'It was taken away since, or ended by itself.': 'Es wurde seither weggenommen oder ist von selbst abgelaufen.',
  'It was taken away and given anew on {0}.': 'Es wurde weggenommen und am {0} neu gegeben.',
  'It ends by itself on {0} now.': 'Es läuft jetzt am {0} von selbst ab.',
  'It does not end by itself any more.': 'Es läuft nicht mehr von selbst ab.',
  'The group gives more now: {0}.': 'Die Gruppe gibt jetzt mehr: {0}.',
  'The group gives less now, without {0}.': 'Die Gruppe gibt jetzt weniger, ohne {0}.',
  'The group is disabled and gives nothing.': 'Die Gruppe ist gesperrt und gibt nichts.',
  '{0} {1} for your decision in the access review {2}, until {3}. {4}':
    '{0} {1} auf Ihre Entscheidung in der Zugriffsüberprüfung {2}, bis {3}. {4}',
  'membership waits': 'Mitgliedschaft wartet',
  'memberships wait': 'Mitgliedschaften warten',
  'What nobody decided is removed then.': 'Worüber niemand entschieden hat, das wird dann entfernt.',
  'What nobody decided stays then.': 'Worüber niemand entschieden hat, das bleibt dann.',
  'The access review {0} is over: {1} kept, {2} removed, {3} still to be removed, {4} undecided and left.':
    'Die Zugriffsüberprüfung {0} ist beendet: {1} behalten, {2} entfernt, {3} noch zu entfernen, {4} unentschieden und belassen.',
  // SCIM: what the identity provider is told is shown in the activity.
  'A Bulk is an object with Operations: an array.': 'Ein Bulk ist ein Objekt mit Operations: einem Array.',
  'A Bulk has at most {0} operations. Send several.': 'Ein Bulk hat höchstens {0} Operationen. Senden Sie mehrere.',
  'A PATCH is an object with Operations: an array of at least one operation.':
    'Ein PATCH ist ein Objekt mit Operations: einem Array mit wenigstens einer Operation.',
  'A PATCH of a {0} has at most {1} operations. Send several.':
    'Ein PATCH ({0}) hat höchstens {1} Operationen. Senden Sie mehrere.',
  'A POST in a Bulk needs a bulkId.': 'Ein POST in einem Bulk braucht eine bulkId.',
  'A member cannot be changed. Remove it from members, and add another one.':
    'Ein Mitglied lässt sich nicht ändern. Nehmen Sie es aus members, und fügen Sie ein anderes hinzu.',
  'A provisioning token stands for no user. Use /Users/{id}.':
    'Ein Bereitstellungs-Token steht für keinen Benutzer. Nehmen Sie /Users/{id}.',
  'A tenant has {0} Bulks under way at most. Send this one when one of them is answered.':
    'Ein Mandant hat höchstens {0} Bulks zugleich in Arbeit. Senden Sie diesen, wenn einer davon beantwortet ist.',
  'Each operation is an object whose op is add, replace or remove.':
    'Jede Operation ist ein Objekt, dessen op add, replace oder remove ist.',
  'Each operation of a Bulk is an object.': 'Jede Operation eines Bulks ist ein Objekt.',
  'It refers to a bulkId whose resource was not made. Nothing was done.':
    'Sie verweist auf eine bulkId, zu der nichts angelegt wurde. Es ist nichts geschehen.',
  'Many large groups of this tenant are being read at once. Ask with excludedAttributes=members.':
    'Gerade werden viele große Gruppen dieses Mandanten zugleich gelesen. Fragen Sie mit excludedAttributes=members.',
  'None of the {0} is what the path asks for. Add it instead.':
    'Nichts unter {0} ist, was der Pfad verlangt. Fügen Sie es stattdessen hinzu.',
  'Send a {0} as a JSON object.': 'Senden Sie {0} als JSON-Objekt.',
  'The method of an operation is POST, PUT, PATCH or DELETE.':
    'Die Methode einer Operation ist POST, PUT, PATCH oder DELETE.',
  'The operation remove needs a path: name what to remove.':
    'Die Operation remove braucht einen Pfad: Nennen Sie, was zu entfernen ist.',
  'The operation {0} needs a value. Send remove to take a value away.':
    'Die Operation {0} braucht einen Wert. Senden Sie remove, um einen Wert wegzunehmen.',
  'The operations name more than {0} members. Send them in several requests.':
    'Die Operationen nennen mehr als {0} Mitglieder. Senden Sie sie in mehreren Anfragen.',
  'The path of an operation is /Users or /Groups, with an id unless it is a POST.':
    'Der Pfad einer Operation ist /Users oder /Groups, mit einer ID, wenn es kein POST ist.',
  'The user has more than {0} KiB of attributes. Send fewer of them.':
    'Der Benutzer hat mehr als {0} KiB an Attributen. Senden Sie weniger davon.',
  'The value has a key that names no attribute and is not allowed.':
    'Der Wert hat einen Schlüssel, der kein Attribut nennt und nicht erlaubt ist.',
  'The {0} is not valid at character {1}: {2}.': 'Ab Zeichen {1} ist das nicht gültig ({0}): {2}.',
  'There is no such address. Below the URL of the tenant there are /Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes and /ServiceProviderConfig, in this case and without a slash at the end.':
    'Diese Adresse gibt es nicht. Unter der URL des Mandanten gibt es /Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes und /ServiceProviderConfig, in dieser Schreibung und ohne Schrägstrich am Ende.',
  'These are not filtered. Ask without filter.': 'Diese werden nicht gefiltert. Fragen Sie ohne filter.',
  'This bulkId is that of an earlier operation. Each is used once.':
    'Diese bulkId ist die einer früheren Operation. Jede wird einmal verwendet.',
  'This cursor is of another query, or none of ours. Begin again without it.':
    'Dieser Cursor ist einer anderen Abfrage oder keiner von uns. Beginnen Sie ohne ihn von vorn.',
  'This is SCIM 2.0. The URL begins with /scim/v2/.': 'Dies ist SCIM 2.0. Die URL beginnt mit /scim/v2/.',
  'This query looks at too much to be answered in time. Filter by userName, externalId, displayName, id or emails.value with eq or sw, or page without sortBy.':
    'Diese Abfrage sieht zu viel an, um rechtzeitig beantwortet zu werden. Filtern Sie nach userName, externalId, displayName, id oder emails.value mit eq oder sw, oder blättern Sie ohne sortBy.',
  'attributes and excludedAttributes exclude each other. Send one of them.':
    'attributes und excludedAttributes schließen einander aus. Senden Sie eines davon.',
  'displayName is required. Send another value for it.': 'displayName ist nötig. Senden Sie einen anderen Wert dafür.',
  'displayName must not be empty.': 'displayName darf nicht leer sein.',
  'failOnErrors must be a whole number.': 'failOnErrors muss eine ganze Zahl sein.',
  'members has a group in it. Groups in groups are not supported: add the people themselves.':
    'In members ist eine Gruppe. Gruppen in Gruppen gibt es hier nicht: Fügen Sie die Personen selbst hinzu.',
  'members has more than {0} values. Send them in several requests.':
    'members hat mehr als {0} Werte. Senden Sie sie in mehreren Anfragen.',
  'members must be objects with the id of a user as their value.':
    'members müssen Objekte sein, deren value die ID eines Benutzers ist.',
  'members.value must be the id of a user, as this server gave it.':
    'members.value muss die ID eines Benutzers sein, wie dieser Server sie vergab.',
  'path must be a text, such as name.givenName.': 'path muss ein Text sein, etwa name.givenName.',
  'schemas must be an array of texts, such as the URN of the resource.':
    'schemas muss ein Array von Texten sein, etwa der URN der Ressource.',
  'sortBy names no attribute of {0}. See /Schemas.': 'sortBy nennt kein Attribut ({0}). Siehe /Schemas.',
  'sortOrder must be ascending or descending.': 'sortOrder muss ascending oder descending sein.',
  'startIndex and cursor exclude each other. Page by one of them.':
    'startIndex und cursor schließen einander aus. Blättern Sie mit einem davon.',
  '{0} can have one value that is primary, and the path chooses several.':
    '{0} kann einen Wert haben, der primary ist, und der Pfad wählt mehrere.',
  '{0} has control or invisible characters in it. Take them out at the source.':
    '{0} enthält Steuerzeichen oder unsichtbare Zeichen. Nehmen Sie sie an der Quelle heraus.',
  '{0} has more than {1} characters. Shorten it.': '{0} hat mehr als {1} Zeichen. Kürzen Sie es.',
  '{0} has more than {1} values. Remove some.': '{0} hat mehr als {1} Werte. Entfernen Sie einige.',
  '{0} has more than {1} values. Send fewer.': '{0} hat mehr als {1} Werte. Senden Sie weniger.',
  '{0} has several values that are primary. Let one be, at most.':
    '{0} hat mehrere Werte, die primary sind. Höchstens einer darf es sein.',
  '{0} has sub-attributes: sortBy has to name one of them.': '{0} hat Unterattribute: sortBy muss eines davon nennen.',
  '{0} is missing. Send it with a text that is not empty.':
    '{0} fehlt. Senden Sie es mit einem Text, der nicht leer ist.',
  '{0} is required. Send another value for it.': '{0} ist nötig. Senden Sie einen anderen Wert dafür.',
  '{0} is secret: it gives no order.': '{0} ist geheim: Danach wird nicht geordnet.',
  "{0} is the server's to set. Leave it out.": '{0} setzt der Server. Lassen Sie es weg.',
  '{0} is there twice, in different case or below the URN. Send it once.':
    '{0} ist zweimal da, in anderer Schreibung oder unter der URN. Senden Sie es einmal.',
  '{0} is too long when it is compared. Shorten it.': '{0} ist zu lang, wenn es verglichen wird. Kürzen Sie es.',
  '{0} must be a URI; there is a character in it that has to be percent-encoded.':
    '{0} muss eine URI sein; darin ist ein Zeichen, das mit Prozent kodiert werden muss.',
  '{0} must be a text, in quotes.': '{0} muss ein Text sein, in Anführungszeichen.',
  '{0} must be a whole number.': '{0} muss eine ganze Zahl sein.',
  '{0} must be an object with sub-attributes.': '{0} muss ein Objekt mit Unterattributen sein.',
  '{0} must be in base64.': '{0} muss in Base64 sein.',
  '{0} must be one text.': '{0} muss ein einziger Text sein.',
  '{0} must be true or false.': '{0} muss true oder false sein.',
  '{0} takes one value at this path, not a list.': '{0} nimmt unter diesem Pfad einen Wert, keine Liste.',
  '{0} must be an object with attributes.': '{0} muss ein Objekt mit Attributen sein.',
  'This tenant has used up its transactions of this second. Keep them and send them again.':
    'Dieser Mandant hat seine Transaktionen in dieser Sekunde verbraucht. Behalten Sie sie und senden Sie sie noch einmal.',
  'must be the method of a request': 'muss die Methode einer Anfrage sein',
  'must have at most 2048 characters': 'darf höchstens 2048 Zeichen haben',
  'must be a path as it stands in a request': 'muss ein Pfad sein, wie er in einer Anfrage steht',
  'must be the code of a problem': 'muss der Code eines Problems sein',
  'must be text': 'muss Text sein',
  'must hold at least one record': 'muss mindestens einen Eintrag enthalten',
  'must hold at most {0} records': 'darf höchstens {0} Einträge enthalten',
  'must be codes or classes such as 404,5xx': 'müssen Codes oder Klassen wie 404,5xx sein',
  'must be methods such as GET,POST': 'müssen Methoden wie GET,POST sein',
  'must be a number of milliseconds': 'muss eine Anzahl von Millisekunden sein',
  'must be a cursor of this tail; begin again without it':
    'muss eine Marke dieser laufenden Anzeige sein; beginnen Sie ohne sie von vorn',
  'must be a number of seconds, 10 at most': 'muss eine Anzahl von Sekunden sein, höchstens 10',
  'There is too much in this range to be read at once. Name a shorter one with from and until, or a gateway, a status, a path or a person.':
    'In diesem Zeitraum liegt zu viel, um es auf einmal zu lesen. Nennen Sie mit from und until einen kürzeren, oder ein Gateway, einen Status, einen Pfad oder eine Person.',
  '{0} readers of this tenant wait already.': 'Es warten schon {0} Leser dieses Mandanten.',
  '{0}, and members are removed by id only. Write members[value eq "..."].':
    '{0}, und Mitglieder werden nur nach ID entfernt. Schreiben Sie members[value eq "..."].',
  '{0} has no attribute {1}': '{0} hat kein Attribut {1}',
  'expected {0}': 'Erwartet wird {0}',
  'The region has a product of this code already.': 'Die Region hat schon ein Produkt mit diesem Code.',
  'is signed by another algorithm than its key is for':
    'ist mit einem anderen Verfahren signiert, als sein Schlüssel vorsieht',
  'was changed after it was signed, or was not signed by the key that it names. Get it anew':
    'wurde nach dem Signieren geändert oder nicht mit dem Schlüssel signiert, den sie nennt. Beschaffen Sie sie neu',
  'is signed, but holds no JSON': 'ist signiert, enthält aber kein JSON',
  'is not signed as such files are': 'ist nicht so signiert, wie es solche Dateien sind',
  'is signed for something else': 'ist für etwas anderes signiert',
  'is signed by a key that this platform does not know':
    'ist mit einem Schlüssel signiert, den diese Plattform nicht kennt',
  'must be a currency code of ISO 4217, three capital letters such as AUD':
    'muss ein Währungscode nach ISO 4217 sein, drei Großbuchstaben wie AUD',
  'must be an e-mail address': 'muss eine E-Mail-Adresse sein',
  'The operator of this platform has not turned billing on, so there is nothing to keep.':
    'Der Betreiber dieser Plattform hat die Abrechnung nicht eingeschaltet, also gibt es nichts zu hinterlegen.',
  'There is no billing profile.': 'Es gibt kein Abrechnungsprofil.',
  'must end after it begins': 'muss nach seinem Beginn enden',
  'must number each once': 'muss jede Nummer einmal vergeben',
  'The operator of this platform has set no key of a vendor, so no file is taken.':
    'Der Betreiber dieser Plattform hat keinen Schlüssel eines Anbieters hinterlegt, also wird keine Datei angenommen.',
  'is signed, but holds what is no licence ({0}: {1})': 'ist signiert, enthält aber keine Lizenz ({0}: {1})',
  'was issued by somebody else than this platform takes files of':
    'wurde von jemand anderem ausgestellt, als diese Plattform es annimmt',
  'is for another tenant': 'ist für einen anderen Mandanten',
  'was issued in the future. Compare the clocks': 'wurde in der Zukunft ausgestellt. Vergleichen Sie die Uhren',
  'This file is in use already.': 'Diese Datei ist schon in Gebrauch.',
  'is older than one that came before. Upload the newest': 'ist älter als eine frühere. Laden Sie die neueste hoch',
  'must have at most 100,000 characters': 'darf höchstens 100.000 Zeichen haben',
  'must be a licence file: three parts with a dot between':
    'muss eine Lizenzdatei sein: drei Teile mit einem Punkt dazwischen',
  'must name each namespace once': 'muss jeden Namensraum einmal nennen',
  'must name a tier': 'muss eine Stufe nennen',
  'must name at most 50 tiers': 'darf höchstens 50 Stufen nennen',
  'must name one tier of each product': 'muss von jedem Produkt eine Stufe nennen',
  'It comes from a file of the vendor’s. Upload a new one to change it.':
    'Sie kommt aus einer Datei des Anbieters. Laden Sie eine neue hoch, um sie zu ändern.',
  'This tenant has {0} licences, the most that one may have.':
    'Dieser Mandant hat {0} Lizenzen, mehr darf keiner haben.',
  'No active billing profile found. Add one, then add the licence.':
    'Kein aktives Abrechnungsprofil gefunden. Legen Sie eines an, dann die Lizenz.',
  'must not come before 2000-01-01': 'darf nicht vor dem 1. Januar 2000 liegen',
  'is not offered here': 'wird hier nicht angeboten',
  'is not offered of this product': 'wird von diesem Produkt nicht angeboten',
  'is renewed each {0}, the first each {1}: add it as a subscription of its own':
    'wird je {0} verlängert, die erste je {1}: fügen Sie sie als eigenes Abonnement hinzu',
  'A licence has {0} subscriptions at most.': 'Eine Lizenz hat höchstens {0} Abonnements.',
  'The licence {0} allows {1} for {2}, and all seats are taken. Disable or delete accounts that are not needed, or add to the licence.':
    'Die Lizenz {0} erlaubt {1} für {2}, und alle Plätze sind belegt. Deaktivieren oder löschen Sie Konten, die nicht gebraucht werden, oder erweitern Sie die Lizenz.',
  'The licence {0} is over, so no account is added or enabled. Renew the licence; those who are there go on.':
    'Die Lizenz {0} ist abgelaufen, also kommt kein Konto hinzu und wird keines aktiviert. Verlängern Sie die Lizenz; wer da ist, arbeitet weiter.',
  'This tenant has no licence any more that has begun, so no account is added or enabled. Add a licence with a subscription.':
    'Dieser Mandant hat keine Lizenz mehr, die begonnen hat, also kommt kein Konto hinzu und wird keines aktiviert. Fügen Sie eine Lizenz mit einem Abonnement hinzu.',
  'The licence "{0}" allows {1} of {2} a month, and they are used up. It goes on from {3} (UTC), or as soon as the licence allows more.':
    'Die Lizenz „{0}“ erlaubt {1} von {2} im Monat, und sie sind verbraucht. Weiter geht es ab {3} (UTC), oder sobald die Lizenz mehr erlaubt.',
  'The licence "{0}" is over. Renew it.': 'Die Lizenz „{0}“ ist abgelaufen. Verlängern Sie sie.',
  'The licence "{0}" has nothing in force, and this platform asks for it. Add a subscription.':
    'Von der Lizenz „{0}“ gilt nichts, und diese Plattform verlangt es. Fügen Sie ein Abonnement hinzu.',
  'A tenant has {0} subscriptions at most. Delete those that are over, or licences that are not needed.':
    'Ein Mandant hat höchstens {0} Abonnements. Löschen Sie die abgelaufenen oder Lizenzen, die nicht gebraucht werden.',
  '{0} more limits and ends of licences are near or reached. See them in the licences.':
    '{0} weitere Grenzen und Enden von Lizenzen sind nahe oder erreicht. Sie stehen bei den Lizenzen.',
  '{0}: {1} are used, which is all. {2}': '{0}: {1} sind verbraucht, das sind alle. {2}',
  '{0}: {1} are used, which is 80 % or more.': '{0}: {1} sind verbraucht, das sind 80 % oder mehr.',
  '{0}: {1} are used, and gateways refuse now, until the month is over or the licence is added to.':
    '{0}: {1} sind verbraucht, und Gateways weisen jetzt ab, bis der Monat vorbei ist oder die Lizenz erweitert wird.',
  'Everything goes on; add to the licence.': 'Alles läuft weiter; erweitern Sie die Lizenz.',
  'No account is added or enabled any more; those who are there go on.':
    'Es kommt kein Konto mehr hinzu und wird keines aktiviert; wer da ist, arbeitet weiter.',
  'Gateways go on until {0}, then refuse until the month is over.':
    'Gateways arbeiten bis {0} weiter und weisen dann ab, bis der Monat vorbei ist.',
  'Gateways go on: the month is over before the days of grace are.':
    'Gateways arbeiten weiter: Der Monat ist vor den Tagen der Nachfrist vorbei.',
  '{0} (licence "{1}")': '{0} (Lizenz „{1}“)',
  '{0} of {1} accounts': '{0} von {1} Konten',
  '{0} of {1} transactions of this month': '{0} von {1} Transaktionen dieses Monats',
  'Subscription {0} of the licence "{1}" is over. {2}': 'Das Abonnement {0} der Lizenz „{1}“ ist abgelaufen. {2}',
  'Subscription {0} of the licence "{1}" is over {2}.': 'Das Abonnement {0} der Lizenz „{1}“ läuft ab: {2}.',
  'It stays in force until {0}.': 'Es gilt noch bis {0}.',
  'Renew it.': 'Verlängern Sie es.',
  'must not come after until': 'darf nicht nach until liegen',
  'must be at most {0} days before until': 'darf höchstens {0} Tage vor until liegen',
  'must have a tier': 'muss eine Stufe haben',
  'must have at most 50 tiers': 'darf höchstens 50 Stufen haben',
  'must name each tier once': 'muss jede Stufe einmal nennen',
  'A region has 500 products at most. Delete some that are not needed.':
    'Eine Region hat höchstens 500 Produkte. Löschen Sie einige, die nicht gebraucht werden.',
};

/** `1,500`, `2026-11-28`, `2026-11-28T05:02:18.000Z` or `2026-11-28 05:02 UTC` */
export const written: typeof inEnglish = (value) => {
  if (/^\d{1,3}(?:,\d{3})+$/.test(value)) return value.replaceAll(',', '.');
  const time = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(?::[\d.]+)?(?:Z| UTC))?$/.exec(value);
  if (time) return `${time[3]}.${time[2]}.${time[1]}${time[4] ? `, ${time[4]} Uhr UTC` : ''}`;
  return value;
};
