"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** The posts are the home. */
export default function HomePage() {
  const router = useRouter();
  useEffect(() => router.replace("/posts/"), [router]);
  return null;
}
