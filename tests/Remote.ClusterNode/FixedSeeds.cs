using System.Globalization;
using Proto.Cluster.Seed;

namespace Remote.ClusterNode;

/// <summary>Seed nodes that are known from the start. Those that cannot be reached are passed over.</summary>
/// <param name="addresses">Theirs, <c>host:port</c>.</param>
/// <param name="own">The address of this member, which does not join itself.</param>
internal sealed class FixedSeeds(IEnumerable<string> addresses, string own) : ISeedNodeDiscovery
{
    public Task Register(string memberId, string host, int port) => Task.CompletedTask;

    public Task Remove(string memberId) => Task.CompletedTask;

    // Proto.Cluster blocks the id of a seed node that does not answer. That of the node itself must not be among them, for it may only be late.
    public Task<(string memberId, string host, int port)[]> GetAll() => Task.FromResult(addresses
        .Where(address => address != own)
        .Select(address => (Address: address, Colon: address.LastIndexOf(':')))
        .Select(seed => ($"seed-{seed.Address}", seed.Address[..seed.Colon], int.Parse(seed.Address.AsSpan(seed.Colon + 1), CultureInfo.InvariantCulture)))
        .ToArray());
}
