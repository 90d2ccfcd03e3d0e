using Examples;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;

namespace UnixSockets;

/// <summary>
/// What a Unix socket is good for between processes of one machine, and what becomes of it when they end well, end badly, or are started
/// twice. Every chapter says what must come of it, and the story ends where that is not so.
/// </summary>
internal sealed class Story(TextWriter output, CancellationToken cancellation)
{
    private const UnixFileMode Socket = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public async Task RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("remote-").FullName;
        try
        {
            await TellAsync(Path.Combine(directory, "private", "node.sock"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task TellAsync(string path)
    {
        await AbstractNameAsync();
        await using (var first = KeeperProcess.Start(path, cancellation))
        {
            var address = await AddressAsync(first, path);
            Modes(path);
            await TalkAsync(address, first);
            await SecondStartAsync(path);
            await TalkAsync(address, first);

            await first.KillAsync();
            await SayAsync($"the process was killed; its socket is {(File.Exists(path) ? "still there, and nobody answers" : "gone")}");
        }

        await using var next = KeeperProcess.Start(path, cancellation);
        await TalkAsync(await AddressAsync(next, path), next);
        await next.TerminateAsync();
        var (exitCode, errors) = await next.ReadEndAsync();
        Expect(exitCode == 0, $"it ended with exit code {exitCode}: {errors}");
        Expect(!File.Exists(path), "it left its socket behind");
        await SayAsync("the next one took its place, and removed the socket when it was told to end");
    }

    private async Task<string> AddressAsync(KeeperProcess keeper, string path)
    {
        var address = await keeper.ReadAddressAsync() ?? throw new ProcessLostException(await EndOfAsync(keeper));
        Expect(address == $"unix://{path}", $"it listens on {address}");
        await SayAsync($"process {keeper.Id} listens on {address}");
        return address;
    }

    private static async Task<string> EndOfAsync(KeeperProcess keeper)
    {
        var (exitCode, errors) = await keeper.ReadEndAsync();
        return $"the keeper, process {keeper.Id}, ended with exit code {exitCode} before it listened: {(errors.Length == 0 ? "start the program again" : errors)}";
    }

    private void Modes(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (socket, directory) = (File.GetUnixFileMode(path), File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        output.WriteLine($"only its user may connect: the socket is {socket}, its directory {directory}");
        Expect(socket == Socket && directory == (Socket | UnixFileMode.UserExecute), "others may do something there");
    }

    /// <summary>This process has no listener: its one connection carries both directions.</summary>
    private async Task TalkAsync(string address, KeeperProcess keeper)
    {
        await using var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        await using var remote = system.ReliableRemote();
        await remote.StartAsync();
        var answer = await keeper.DuringAsync(
            system.Root.RequestAsync<StringValue>(PID.FromAddress(address, Keeper.Answerer), new StringValue { Value = "hello" }, Limit));
        Expect(answer.Value == $"hello, from process {keeper.Id}", $"the answer was '{answer.Value}'");
        await SayAsync(answer.Value);
    }

    private async Task SecondStartAsync(string path)
    {
        await using var second = KeeperProcess.Start(path, cancellation);
        Expect(await second.ReadAddressAsync() is null, "two processes listen on one path");
        var (exitCode, errors) = await second.ReadEndAsync();
        Expect(exitCode != 0 && errors.Contains("is in use", StringComparison.Ordinal), $"it ended with exit code {exitCode}: {errors}");
        await SayAsync($"a second start is turned away: {errors}");
    }

    private async Task AbstractNameAsync()
    {
        await using var keeper = KeeperProcess.Start("@node", cancellation);
        Expect(await keeper.ReadAddressAsync() is null, "it listens on an abstract socket");
        var (exitCode, errors) = await keeper.ReadEndAsync();
        Expect(errors.Contains("abstract socket", StringComparison.Ordinal), $"it ended with exit code {exitCode}: {errors}");
        await SayAsync($"an abstract name is refused: {errors}");
    }

    private Task SayAsync(string line) => output.WriteLineAsync(line);

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new UnexpectedException(otherwise);
        }
    }
}
