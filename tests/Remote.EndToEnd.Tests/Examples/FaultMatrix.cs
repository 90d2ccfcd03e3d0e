namespace Remote.EndToEnd.Tests;

/// <summary>What happens to a program.</summary>
internal enum Fault
{
    /// <summary>Nothing; its arguments are enough.</summary>
    None,
    Kill,

    /// <summary>kill -9 of those of its processes that its output names by <see cref="FaultCell.Victim"/>.</summary>
    KillNamed,

    /// <summary>kill -9 of those of its processes whose program is called <see cref="FaultCell.Victim"/>.</summary>
    KillProgram,
    EndInput,
    Terminate,

    /// <summary>SIGINT to all of its processes.</summary>
    CtrlC,
}

/// <summary>One example, one fault, and what a person sees.</summary>
/// <param name="Example">The name of its folder.</param>
/// <param name="Arguments">With blanks between them; NOBODY stands for an address at which nobody listens.</param>
/// <param name="Until">A pattern: the line after which the fault comes; empty for at once.</param>
/// <param name="Fault">What happens.</param>
/// <param name="ExitCode">How the program ends.</param>
/// <param name="Sentence">A pattern: what is printed.</param>
/// <param name="Victim">Whom it hits, see <see cref="Fault"/>.</param>
/// <param name="Never">A pattern: what is not printed.</param>
/// <param name="IsQuick">Whether the short run has it too.</param>
internal sealed record FaultCell(
    string Example, string Arguments, string Until, Fault Fault, int ExitCode, string Sentence, string Victim = "", string Never = "", bool IsQuick = false)
{
    public override string ToString() => $"{Example} {Arguments}: {Fault} {Victim} after '{Until}'";
}

/// <summary>Every example, and for each of its processes what can happen to it. docs/examples.md says the same in words.</summary>
internal static class FaultMatrix
{
    private const int Right = 0, Wrong = 1, BadArguments = 2, ProcessLost = 3, Interrupted = 130, Killed = 137;
    private const string Lost = "ended with exit code 137 .*; start the program again";

    /// <summary>The cluster uses those servers that are on the machine, and does without the others.</summary>
    private static IEnumerable<FaultCell> Servers => new[] { "etcd", "redis-server" }.Where(IsInstalled).Select(server => new FaultCell(
        "Cluster", "--orders 1000000", "member 3 is", Fault.KillProgram, ProcessLost, $"^{server} at .* has ended: no order can be booked without it; start the program again$", server));

    public static IReadOnlyList<FaultCell> All { get; } =
    [
        new("Backpressure", "--seconds 600", "lane ", Fault.Kill, Killed, "^"),
        new("Backpressure", "--seconds 600 --rate 3000", "Critical, offered", Fault.KillNamed, ProcessLost, $"(?s)the consumer, process .*{Lost}.*The ledger closes", @"consumer pid (\d+)", IsQuick: true),
        new("Backpressure", "--seconds 600 --rate 3000 --policy oldest", "Critical, offered", Fault.KillNamed, ProcessLost, $"(?s){Lost}.*The ledger closes", @"consumer pid (\d+)"),
        new("Backpressure", "--seconds 600 --send-async", "waiting 8", Fault.KillNamed, ProcessLost, $"(?s){Lost}.*The ledger closes", @"consumer pid (\d+)"),
        new("Backpressure", "--seconds 1 --take 10", "offered 0/s.*taken", Fault.KillNamed, ProcessLost, $"(?s){Lost}.*The ledger closes", @"consumer pid (\d+)"),
        new("Backpressure", "--check", "consumer pid", Fault.KillNamed, ProcessLost, Lost, @"consumer pid (\d+)"),
        new("Backpressure", "--seconds 600", "lane ", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Backpressure", "--seconds 600", "lane ", Fault.Terminate, Interrupted, "^interrupted$"),
        new("Backpressure", "--seconds 1 --take 1000", "lane ", Fault.EndInput, Right, "The ledger closes"),
        new("BlockList", "--pause 60", "listens on", Fault.Kill, Killed, "^"),
        new("BlockList", "--pause 60", "asked", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("BlockList", "--pause 60", "asked", Fault.Terminate, Interrupted, "^interrupted$"),
        new("BlockList", "--check", "", Fault.EndInput, Right, "^self-check passed$"),
        new("Chat", "", "cid is process", Fault.Kill, Killed, "^"),
        new("Chat", "", "cid is process", Fault.KillNamed, ProcessLost, $"the server, process .*{Lost}", @"the server is process (\d+)"),
        new("Chat", "", "cid is process", Fault.KillNamed, ProcessLost, $"ann, process .*{Lost}", @"ann is process (\d+)"),
        new("Chat", "", "cid is process", Fault.KillNamed, ProcessLost, $"cid, process .*{Lost}", @"cid is process (\d+)"),
        new("Chat", "", "cid is process", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Chat", "", "cid is process", Fault.Terminate, Interrupted, "^interrupted$"),
        new("Chat", "", "", Fault.EndInput, Right, "everybody saw what they should"),
        new("Chat", "server", "listening on", Fault.EndInput, Right, "^"),
        new("Chat", "server", "listening on", Fault.CtrlC, Right, "^"),
        new("Chat", "server", "listening on", Fault.Terminate, Right, "^"),
        new("Chat", "join NOBODY ann", "nobody answers at", Fault.EndInput, ProcessLost, "^", Never: "the room is gone"),
        new("Chat", "join NOBODY ann", "nobody answers at", Fault.CtrlC, ProcessLost, "^", Never: "the room is gone"),
        new("Chat", "join nowhere ann", "", Fault.None, BadArguments, "nowhere"),
        new("Cluster", "--orders 1000000", "member 3 is", Fault.Kill, Killed, "^"),
        new("Cluster", "--check", "member 3 is", Fault.KillNamed, Right, "no order was lost and none was booked twice", @"member 3 is process (\d+)"),
        new("Cluster", "--orders 1000000", "member 3 is", Fault.KillNamed, ProcessLost, "^no member is left: .* of 1000000 orders are booked; start the program again$", @"member \d is process (\d+)"),
        new("Cluster", "--orders 1000000", "member 3 is", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Cluster", "--orders 1000000", "member 3 is", Fault.Terminate, Interrupted, "^interrupted$"),
        .. Servers,
        new("EchoNode", "", "listening on", Fault.CtrlC, Right, "^"),
        new("EchoNode", "", "listening on", Fault.Terminate, Right, "^"),
        new("EchoNode", "--check", "the node is process", Fault.Kill, Killed, "^", IsQuick: true),
        new("EchoNode", "--check", "the node is process", Fault.KillNamed, ProcessLost, $"the node, process .*{Lost}", @"process (\d+)"),
        new("EchoNode", "--check", "the node is process", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("EchoNode", "--check", "the node is process", Fault.Terminate, Interrupted, "^interrupted$"),
        new("EchoNode", "--check", "", Fault.EndInput, Right, "ended with exit code 0"),
        new("Hosting", "--port 0 --web-port 0", "^dashboard ", Fault.Kill, Killed, "^"),
        new("Hosting", "--port 0 --web-port 0", "^dashboard ", Fault.CtrlC, Right, "^"),
        new("Hosting", "--port 0 --web-port 0", "^dashboard ", Fault.Terminate, Right, "^"),
        new("Hosting", "--check", "^ok  the REST", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Hosting", "--check", "^ok  the REST", Fault.Terminate, Interrupted, "^interrupted$"),
        new("Hosting", "--check", "", Fault.EndInput, Right, "ok  the node has left"),
        new("Hosting", "--port many", "", Fault.None, BadArguments, "many"),
        new("Hosting", "--port 70000", "", Fault.None, BadArguments, "--port must be 0 to 65535, not 70000"),
        new("Quickstart", "", "", Fault.EndInput, Right, "^Hello, world!$"),
        new("Tls", "", "ok: the other node answers", Fault.Kill, Killed, "^"),
        new("Tls", "", "ok: the other node answers", Fault.KillNamed, ProcessLost, $"the other node, process .*{Lost}", @"the other node is process (\d+)"),
        new("Tls", "", "here .*TlsRenewed", Fault.KillNamed, ProcessLost, Lost, @"the other node is process (\d+)"),
        new("Tls", "", "ok: the other node answers", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Tls", "", "ok: the other node answers", Fault.Terminate, Interrupted, "^interrupted$"),
        new("Tls", "", "", Fault.EndInput, Right, "everything was as it should be"),
        new("Tls", "node /no/such/folder", "", Fault.None, BadArguments, "/no/such/folder/"),
        new("Tracing", "", "the gateway is process", Fault.Kill, Killed, "^"),
        new("Tracing", "", "the gateway is process", Fault.KillNamed, ProcessLost, $"the store, process .*{Lost}", @"the store is process (\d+)"),
        new("Tracing", "", "the gateway is process", Fault.KillNamed, ProcessLost, $"the worker, process .*{Lost}", @"the worker is process (\d+)"),
        new("Tracing", "", "the gateway is process", Fault.KillNamed, ProcessLost, $"the gateway, process .*{Lost}", @"the gateway is process (\d+)"),
        new("Tracing", "", "the gateway is process", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("Tracing", "", "the gateway is process", Fault.Terminate, Interrupted, "^interrupted$"),
        new("Tracing", "", "", Fault.EndInput, Right, "one trace through three processes"),
        new("Tracing", "store --collector http://NOBODY", "listening on", Fault.EndInput, Right, "no collector took the figures and spans of this process"),
        new("Tracing", "store --collector http://NOBODY", "listening on", Fault.Terminate, Right, "no collector took the figures and spans of this process"),
        new("Tracing", "gateway NOBODY tea --collector http://NOBODY", "", Fault.None, ProcessLost, @"no worker answers at 127\.0\.0\.1:\d+: start one there"),
        new("Tracing", "store --collector nowhere", "", Fault.None, BadArguments, "--collector must be http://host:port, not nowhere"),
        new("UnixSocket", "", "listens on", Fault.Kill, Killed, "^"),
        new("UnixSocket", "", "listens on", Fault.KillNamed, ProcessLost, $"the keeper, process .*{Lost}", @"process (\d+) listens on"),
        new("UnixSocket", "", "listens on", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("UnixSocket", "", "listens on", Fault.Terminate, Interrupted, "^interrupted$"),
        new("UnixSocket", "--check", "", Fault.EndInput, Right, "^self-check passed$"),
        new("WordCount", "", "worker 2 pid", Fault.Kill, Killed, "^"),
        new("WordCount", "--verify", @"worker . pid", Fault.KillNamed, Right, @"1 lost\n(.*\n)*verified: a count in this process is the same", @"worker . pid (\d+)"),
        new("WordCount", "", @"^ *\d+ %", Fault.KillNamed, ProcessLost, "no worker left", @"worker \d pid (\d+)"),
        new("WordCount", "", @"^ *\d+ %", Fault.CtrlC, Interrupted, "^interrupted$"),
        new("WordCount", "", @"^ *\d+ %", Fault.Terminate, Interrupted, "^interrupted$"),
        new("WordCount", "--check", "looking for text files below", Fault.EndInput, Right, "self-check passed"),
    ];

    /// <summary>The exit code where nobody is there to talk to.</summary>
    public const int NobodyThere = ProcessLost;

    /// <summary>The exit code of a second start at the same address.</summary>
    public const int AddressTaken = Wrong;

    private static bool IsInstalled(string program) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin"
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
