import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { PROGRAM } from "./server";

const SCRIPT = `
import sys
from pathlib import Path
import psycopg
from postclock.db.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as dsn, psycopg.connect(dsn) as connection:
    connection.execute(sys.argv[2])
`;

/** Runs a statement on the tested server's database, for what would take hours to come about. */
export async function sql(statement: string): Promise<void> {
  const python = join(dirname(PROGRAM), "python");
  const data = process.env.POSTCLOCK_E2E_DATA ?? "";
  await promisify(execFile)(python, ["-c", SCRIPT, data, statement]);
}
