export const formatText = {
  soon: 'in less than a minute',
  justNow: 'just now',
};
