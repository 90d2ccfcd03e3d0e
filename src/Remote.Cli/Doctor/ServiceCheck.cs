namespace Remote.Cli;

/// <summary>Who answers, and whether it lets the tool look. Pure.</summary>
internal static class ServiceCheck
{
    private const string Check = "service";

    public static Finding Judge(PeerIdentification who, TargetAddress address)
    {
        var detail = who.Failure?.What ?? "";
        return who switch
        {
            { Node: { Stopping: true } node } => Finding.Problem(
                Check, $"Remote {SafeText.Of(node.Version)} at {address} is shutting down", "Wait for its next start, or find out who ended it."),
            { Node: { } node } => Finding.Ok(Check, $"Remote {SafeText.Of(node.Version)}, system id {SafeText.Of(node.SystemId)}"),
            { Kind: PeerKind.DotNet } => Finding.Note(
                Check, "a node without the administration service: Proto.Remote on .NET, or a Remote node older than it",
                "Its peers, lanes and clock cannot be looked at; ping and ps work."),
            { Kind: PeerKind.Other } => Finding.Note(
                Check, "a node without the administration service, and not on .NET: Proto.Actor on Go, or another gRPC service",
                "Never ask a Go node for its processes (ListProcesses): it dies of it."),
            _ when detail.Contains("block list", StringComparison.Ordinal) || detail.Contains("is blocked", StringComparison.Ordinal) => Finding.Problem(
                "blocked", detail, $"If this machine should be let in: remote unblock {address} PEER, on the machine of the node."),
            _ when detail.Contains("Administration.Enabled", StringComparison.Ordinal) => Finding.Note(
                Check, "a Remote node whose administration service does not answer this caller", "Run the doctor on its own machine to see more."),
            _ => Finding.Problem(Check, who.Failure!),
        };
    }
}
