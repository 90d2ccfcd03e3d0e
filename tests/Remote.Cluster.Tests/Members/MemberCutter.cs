using System.Globalization;
using Remote.ClusterNode;
using Remote.Testing;

namespace Remote.Cluster.Tests;

/// <summary>Cuts one member off: it is dialled, and dials, through proxies that can swallow everything.</summary>
internal sealed class MemberCutter : IAsyncDisposable
{
    private readonly FaultProxy _inbound;
    private readonly Dictionary<string, FaultProxy> _outbound;

    /// <param name="host">Where all members listen.</param>
    /// <param name="port">The port of the member that is cut off.</param>
    /// <param name="others">The ports of those that it is cut off from.</param>
    public MemberCutter(string host, int port, IEnumerable<int> others)
    {
        _inbound = FaultProxy.Start(At(host, port));
        _outbound = others.ToDictionary(other => At(host, other), other => FaultProxy.Start(At(host, other)));
    }

    /// <summary>The address by which the others know the member.</summary>
    public string Address => _inbound.Address;

    public MemberPlan Apply(MemberPlan plan) => plan with
    {
        AdvertisedPort = _inbound.Port,
        DialThrough = _outbound.ToDictionary(pair => pair.Key, pair => pair.Value.Address),
    };

    /// <summary>Nothing passes from now on, and nobody is told.</summary>
    public void Cut() => Array.ForEach([_inbound, .. _outbound.Values], proxy => proxy.BlackHole());

    public void Heal() => Array.ForEach([_inbound, .. _outbound.Values], proxy => proxy.Heal());

    public async ValueTask DisposeAsync()
    {
        await _inbound.DisposeAsync();
        foreach (var proxy in _outbound.Values)
        {
            await proxy.DisposeAsync();
        }
    }

    private static string At(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
}
