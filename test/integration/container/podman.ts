import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { run } from '../../lab/run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What scripts/build-image calls it when it is told no name. */
const IMAGE = 'pvlan-agent';

const ENGINE = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];

/** These limits exceed what a nested or restricted machine grants, unless they are lowered. */
const ULIMITS = ['--ulimit', 'nofile=1024:1024'];

/** What a machine like that needs, and no more to write to than docker gives. */
const HERE = ['--read-only-tmpfs=false', ...ULIMITS, '--ulimit', 'nproc=1024:1024'];

/** Container tools with an image store of their own, apart from the containers of this machine. */
export class Podman {
  readonly #env: Record<string, string>;

  private constructor(storage: string) {
    this.#env = { CONTAINERS_STORAGE_CONF: storage };
  }

  /** Makes the base images where they are missing (a minute on a fresh machine) and builds the image from the Dockerfile. */
  static async build(): Promise<Podman> {
    const lines = await run(`${ROOT}scripts/container-base`, [], { timeout: 480_000 });
    const made = new Map(lines.split('\n').map((line) => line.split('=', 2) as [string, string]));
    const podman = new Podman(made.get('CONTAINERS_STORAGE_CONF') ?? '');
    const bases = ['build', 'runtime'].flatMap((base) => [
      `--${base}-image`,
      made.get(`${base.toUpperCase()}_IMAGE`) ?? '',
    ]);
    const script = ['--engine', 'buildah', ...bases, '--', '--isolation', 'chroot', ...ULIMITS];
    await run(`${ROOT}scripts/build-image`, script, { env: podman.#env, timeout: 180_000 });
    // The image that an earlier build gave this name.
    await podman.#podman('image', 'prune', '--force');
    return podman;
  }

  /** Runs the image to its end and returns what it printed. Throws LabError when it ends with another code than 0. */
  async once(...args: string[]): Promise<string> {
    return this.#podman('run', '--rm', '--network', 'none', '--read-only', ...HERE, IMAGE, ...args);
  }

  /** Runs `podman <words>`, which begin with `run`. */
  async start([run = '', ...words]: readonly string[]): Promise<void> {
    await this.#podman(run, ...HERE, ...words);
  }

  /** Runs the agent's command in the container `name`, and returns its exit code and what it printed. */
  async agent(name: string, ...args: string[]): Promise<{ code: number | undefined; all: string }> {
    const program = (JSON.parse(await this.image('{{json .Config.Entrypoint}}')) as string[]).concat(args);
    return this.exec(name, ...program);
  }

  /** Runs a program in the container `name`, and returns its exit code and what it printed. */
  async exec(name: string, ...program: string[]): Promise<{ code: number | undefined; all: string }> {
    const { all, exitCode } = await execa('podman', [...ENGINE, 'exec', name, ...program], {
      env: this.#env,
      all: true,
      reject: false,
    });
    return { code: exitCode, all };
  }

  /** Runs the image's health check in the container, and returns whether it passed. */
  async healthy(name: string): Promise<boolean> {
    return this.#podman('healthcheck', 'run', name).then(
      () => true,
      () => false,
    );
  }

  /** What the container printed so far, on both streams. */
  async logs(name: string): Promise<string> {
    const { all } = await execa('podman', [...ENGINE, 'logs', name], { env: this.#env, all: true, reject: false });
    return all;
  }

  /** Stops the container as an orchestrator does, by SIGTERM, and returns the code it ended with. */
  async stop(name: string): Promise<number> {
    await this.#podman('stop', '--time', '10', name);
    return Number(await this.#podman('inspect', '--format', '{{.State.ExitCode}}', name));
  }

  /** Removes the container in whatever state it is, if it is there. */
  async remove(name: string): Promise<void> {
    await this.#podman('rm', '--force', '--time', '0', '--ignore', name);
  }

  /** A field of the image, by Go template. */
  async image(format: string): Promise<string> {
    return this.#podman('image', 'inspect', '--format', format, IMAGE);
  }

  async #podman(...args: string[]): Promise<string> {
    return run('podman', [...ENGINE, ...args], { env: this.#env, timeout: 60_000 });
  }
}
