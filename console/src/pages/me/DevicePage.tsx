import { useState } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { allowDevice, deviceRequest, refuseDevice } from '../../api/session.ts';
import { Button } from '../../kit/Button.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Facts, Page, Section } from '../../kit/Page.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Time } from '../../kit/Time.tsx';
import { deviceText as text } from '../../messages/en.device.ts';

type Request = Awaited<ReturnType<typeof deviceRequest>>;

const check = checkBy({ userCode: 'required' });

/** Lets in a command line that waits for its person: which one it is stands before the yes. */
export function DevicePage() {
  const draft = useDraft({ userCode: location.hash.slice(1) }, check);
  const [request, setRequest] = useState<Request>();
  const [outcome, setOutcome] = useState<'allowed' | 'refused'>();
  const [problem, setProblem] = useState<unknown>();
  const { userCode } = draft.values;
  const decide = (act: typeof allowDevice, done: 'allowed' | 'refused') => () =>
    act(userCode).then(() => setOutcome(done), setProblem);

  if (outcome)
    return (
      <Page title={text.title} width="text">
        <p className={`note ${outcome === 'allowed' ? 'note-good' : 'note-info'}`}>{text.is[outcome]}</p>
      </Page>
    );
  if (!request)
    return (
      <Page title={text.title} lead={text.lead} width="text">
        <Section title={text.code}>
          <Form
            draft={draft}
            labels={{ userCode: text.code }}
            check={check}
            submit={text.next}
            isGuarded={false}
            onSubmit={async () => {
              const found = await deviceRequest(userCode).catch((error) => {
                throw error instanceof ApiProblem && error.status === 404
                  ? new ApiProblem(404, { errors: [{ path: 'userCode', message: text.unknown }], detail: text.unknown })
                  : error;
              });
              setRequest(found);
            }}
          >
            <TextField
              draft={draft}
              name="userCode"
              label={text.code}
              help={text.codeHelp}
              autoComplete="off"
              autoFocus
            />
          </Form>
        </Section>
      </Page>
    );
  return (
    <Page title={text.title} lead={text.ask} width="text">
      <Section title={request.name}>
        <Facts
          items={[
            [text.from, request.sourceAddress ?? text.unknownAddress],
            [text.asked, <Time key="asked" at={request.createdAt} />],
            [text.code, <code key="code">{userCode.toUpperCase()}</code>],
          ]}
        />
        <ProblemNote error={problem} />
        <div className="form-actions">
          <Button kind="primary" onClick={decide(allowDevice, 'allowed')}>
            {text.allow}
          </Button>
          <Button onClick={decide(refuseDevice, 'refused')}>{text.refuse}</Button>
        </div>
        <p className="faint small">{text.warning}</p>
      </Section>
    </Page>
  );
}
