using System.Net;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>Whether the address that a node tells its peers leads to it.</summary>
internal sealed class AdvertisedCheck(NodeSession session)
{
    private const string Check = "advertised";
    private const string Advice = "Set RemoteConfig.AdvertisedHost and AdvertisedPort to what peers can dial.";

    public async Task<Finding> RunAsync(Wire.NodeInfo node)
    {
        var told = SafeText.Of(node.Address);
        if (node.Address == session.Address.Text)
        {
            return Finding.Ok(Check, $"it tells its peers this address");
        }

        if (TargetAddress.TryParse(node.Address, out var fault) is not { } address)
        {
            return Finding.Problem(Check, $"it tells its peers {told}, which is no address: it {SafeText.Of(fault!)}", Advice);
        }

        if (PeerAddress.IsLoopback(address.Host) && !await IsThisMachineAsync())
        {
            return Finding.Problem(Check, $"it tells its peers {told}, where only its own machine reaches it", Advice);
        }

        return await FaultOfAsync(address, node.SystemId) is { } wrong
            ? Finding.Problem(Check, $"it tells its peers {told}, {wrong}", Advice)
            : Finding.Ok(Check, $"it tells its peers {told}, which leads to it too");
    }

    private async Task<string?> FaultOfAsync(TargetAddress address, string systemId)
    {
        using var node = session.Connect(address);
        try
        {
            var who = await PeerIdentification.AskAsync(node, session.Cancellation);
            var found = who.Node?.SystemId
                ?? (await ShortStream.ShakeHandsAsync(node, session.Settings.Timeout, session.Time, session.Cancellation)).SystemId;
            return found == systemId ? null : $"where another node lives: {SafeText.Of(found)}";
        }
        catch (FailureException exception)
        {
            return $"where nobody reaches it from here: {exception.Failure.What}";
        }
    }

    private async Task<bool> IsThisMachineAsync() =>
        session.Address.IsUnix
        || PeerAddress.IsLoopback(session.Address.Host)
        || (await Dns.GetHostAddressesAsync(session.Address.Host, session.Cancellation)).Any(IPAddress.IsLoopback);
}
