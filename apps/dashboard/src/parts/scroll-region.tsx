/** What is too wide or too long scrolls in place. It is a stop of the keyboard only while it scrolls. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly isTall?: boolean;
}

export function ScrollRegion({ label, children, isTall = false }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const region = frame.current;
    if (!region) return;
    const look = () =>
      setScrolls(
        region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight,
      );
    const observer = new ResizeObserver(look);
    observer.observe(region);
    if (region.firstElementChild) observer.observe(region.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no landmark, which the section around it is; a fieldset is for fields
    <div
      role="group"
      class={isTall ? 'scroll tall' : 'scroll'}
      aria-label={label}
      ref={frame}
      {...(scrolls && { tabIndex: 0 })}
    >
      {children}
    </div>
  );
}
