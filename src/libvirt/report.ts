/** What an operator should hear of. None of these stops the index. */
export type LibvirtEvent =
  | { readonly kind: 'file-refused'; readonly file: string; readonly code: string; readonly message: string }
  | { readonly kind: 'folder-unreadable'; readonly folder: string; readonly message: string }
  | { readonly kind: 'watch-degraded'; readonly folder: string; readonly message: string }
  | { readonly kind: 'virsh-failed'; readonly command: string; readonly message: string };

export type Report = (event: LibvirtEvent) => void;
