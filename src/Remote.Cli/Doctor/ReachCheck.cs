using System.Net;
using System.Net.Sockets;

namespace Remote.Cli;

/// <summary>Whether there is a way to the address at all.</summary>
internal sealed class ReachCheck(NodeSession session)
{
    private IPEndPoint[] _addresses = [];

    /// <summary>The name of the host, or the file of the socket.</summary>
    public async Task<Finding> NameAsync()
    {
        if (session.Address.EndPoint is not DnsEndPoint host)
        {
            return File.Exists(session.Address.Path)
                ? Finding.Ok("name", $"{session.Address.Path} is there")
                : Finding.Problem("name", $"there is no socket at {session.Address.Path}", "Does the node run, and is RemoteOptions.UnixSocketPath this path?");
        }

        if (IPAddress.TryParse(host.Host, out var literal))
        {
            _addresses = [new IPEndPoint(literal, host.Port)];
            return Finding.Ok("name", $"{literal} is an IP address");
        }

        try
        {
            var found = await Dns.GetHostAddressesAsync(host.Host, session.Cancellation).WaitAsync(session.Settings.Timeout, session.Time, session.Cancellation);
            _addresses = [.. found.Select(address => new IPEndPoint(address, host.Port))];
            return _addresses.Length > 0 ? Finding.Ok("name", $"{host.Host} is {string.Join(", ", (object[])found)}") : NoName(host.Host, "it has none");
        }
        catch (SocketException exception)
        {
            return NoName(host.Host, exception.Message);
        }
        catch (TimeoutException)
        {
            return NoName(host.Host, "the DNS server does not answer");
        }
    }

    /// <summary>Each address by itself: of one that is wrong others only notice that it takes long.</summary>
    public async Task<Finding> PortAsync()
    {
        EndPoint[] targets = session.Address.IsUnix ? [session.Address.EndPoint] : _addresses;
        List<string> faults = [];
        foreach (var target in targets)
        {
            if (await FaultOfAsync(target) is { } fault)
            {
                faults.Add($"{(session.Address.IsUnix ? session.Address.Path : target)}: {fault}");
            }
        }

        var what = string.Join("; ", faults);
        return faults.Count == 0 ? Finding.Ok("port", "connections are accepted")
            : faults.Count < targets.Length ? Finding.Warning(
                "port", $"some addresses accept no connection: {what}", "Take them out of DNS, or let the node listen on them: dials lose time there.")
            : Finding.Problem("port", $"no connection is accepted: {what}", Advice(what));
    }

    private static Finding NoName(string host, string why) => Finding.Problem(
        "name", $"the name {host} has no address here: {why}", "Is it spelled right, and does this machine ask the right DNS server (/etc/resolv.conf)?");

    private string Advice(string what) =>
        session.Address.IsUnix ? "The socket belongs to the user of the node; if its node has ended, start it: it takes the socket over."
        : what.Contains("refused", StringComparison.OrdinalIgnoreCase) ? "The machine is there and nothing listens: does the node run, and is this its port? "
            + "A node on 127.0.0.1 is not to be reached from other machines (RemoteConfig.BindToAllInterfaces)."
        : "Is the machine on, and does a firewall swallow the packets?";

    private async Task<string?> FaultOfAsync(EndPoint target)
    {
        using var timeout = new CancellationTokenSource(session.Settings.Timeout, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, session.Cancellation);
        try
        {
            await using var connection = await SocketDial.ConnectAsync(target, both.Token);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!session.Cancellation.IsCancellationRequested)
        {
            return $"no answer within {session.Settings.Timeout.TotalSeconds:0.###} s";
        }
    }
}
