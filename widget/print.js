// Prints a paper of the chat by itself. kneewise.js loads this when somebody prints.

/**
 * @param root the root of the chat, which holds the frame that is printed
 * @param styles the styles of the chat
 * @param paper the element to print
 * @param title the title of the printed page
 */
export default function print(root, styles, paper, title) {
  root.querySelector('iframe')?.remove();
  const frame = document.createElement('iframe');
  Object.assign(frame, { title, className: 'said', tabIndex: -1, ariaHidden: 'true' });
  root.append(frame);
  const { contentWindow: view, contentDocument: page } = frame;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(styles);
  page.adoptedStyleSheets = [sheet];
  page.title = title;
  page.body.className = 'root light';
  page.body.append(page.importNode(paper, true));
  // What is printed is about somebody's health: it goes when the dialog does.
  view.onafterprint = () => frame.remove();
  view.print();
}
