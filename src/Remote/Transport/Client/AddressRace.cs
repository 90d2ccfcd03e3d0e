using System.Net;
using System.Net.Sockets;
using Grpc.Core;

namespace Remote;

/// <summary>
/// Connects to a host by whichever of its addresses answers first (RFC 8305). An attempt that neither succeeds nor fails does not hold up the
/// next one: an address that swallows every packet would use up the whole time that a dial may take.
/// </summary>
/// <param name="resolve">Finds the addresses of a name.</param>
/// <param name="dial">Connects to one address.</param>
/// <param name="time">Paces the attempts.</param>
internal sealed class AddressRace(
    Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPEndPoint, CancellationToken, ValueTask<Stream>> dial, TimeProvider time)
{
    /// <summary>How long an attempt runs alone: the recommendation of RFC 8305, section 5.</summary>
    public static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many addresses of a name are tried, by turns of each family. Whoever answers for a name may give it thousands, each of which
    /// would be dialled and named in an error. If none answers, the sixteenth begins after 3.75 s, within the default timeout of 5 s.
    /// </summary>
    public const int MaxAddresses = 16;

    /// <summary>Connects; the attempts that lost are given up.</summary>
    /// <param name="target">A host and a port.</param>
    /// <param name="step">Is told what is waited for.</param>
    /// <param name="cancellationToken">Gives all attempts up.</param>
    /// <exception cref="RpcException">UNAVAILABLE: the name has no address, or none of them accepts a connection.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, DialStep step, CancellationToken cancellationToken)
    {
        var all = await ResolveAsync(target, step, cancellationToken).ConfigureAwait(false);
        var addresses = all.Take(MaxAddresses).ToList();
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Stream>> running = [];
        List<string> failures = [];
        var next = 0;
        try
        {
            while (next < addresses.Count || running.Count > 0)
            {
                if (next < addresses.Count)
                {
                    step.Text = $"{string.Join(" and ", addresses.Take(next + 1))} did not accept the connection";
                    running.Add(DialAsync(addresses[next++], lost.Token));
                }

                if (await FirstAsync(running, next < addresses.Count, lost.Token).ConfigureAwait(false) is not { } done)
                {
                    continue;
                }

                running.Remove(done);
                if (done.IsCompletedSuccessfully)
                {
                    return await done.ConfigureAwait(false);
                }

                cancellationToken.ThrowIfCancellationRequested();
                failures.Add(done.Exception?.InnerException?.Message ?? "given up");
            }
        }
        finally
        {
            await lost.CancelAsync().ConfigureAwait(false);
            running.ForEach(Discard);
        }

        var some = all.Count > addresses.Count ? $"{addresses.Count} of {all.Count} addresses were tried, " : "";
        throw CallFailure.Of(StatusCode.Unavailable, $"No connection to {target.Host}:{target.Port}: {some}{string.Join("; ", failures)}.");
    }

    /// <summary>The families take turns, beginning with that of the address which the resolver thinks best.</summary>
    internal static List<IPEndPoint> Order(IPAddress[] addresses, int port)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var others = addresses.Except(first).ToList();
        List<IPEndPoint> ordered = [];
        for (var i = 0; i < Math.Max(first.Count, others.Count); i++)
        {
            ordered.AddRange(first.Skip(i).Take(1).Concat(others.Skip(i).Take(1)).Select(address => new IPEndPoint(address, port)));
        }

        return ordered;
    }

    private async Task<List<IPEndPoint>> ResolveAsync(DnsEndPoint target, DialStep step, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(target.Host, out var literal))
        {
            return [new IPEndPoint(literal, target.Port)];
        }

        step.Text = $"the name {target.Host} was not resolved";
        try
        {
            var addresses = await resolve(target.Host, cancellationToken).ConfigureAwait(false);
            return addresses.Length > 0 ? Order(addresses, target.Port) : throw NoAddress(target, cause: null);
        }
        catch (SocketException exception)
        {
            throw NoAddress(target, exception);
        }
    }

    private async Task<Stream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            return await dial(address, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw CallFailure.Of(StatusCode.Unavailable, $"{address} ({exception.SocketErrorCode})", exception);
        }
    }

    /// <summary>The first attempt that ends, or none when it is time to begin the next.</summary>
    private async Task<Task<Stream>?> FirstAsync(List<Task<Stream>> running, bool hasNext, CancellationToken cancellationToken)
    {
        var pace = Task.Delay(hasNext ? HeadStart : Timeout.InfiniteTimeSpan, time, cancellationToken);
        var done = await Task.WhenAny([.. running, pace]).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return done as Task<Stream>;
    }

    private static void Discard(Task<Stream> attempt) => _ = attempt.ContinueWith(
        static done =>
        {
            if (done.IsCompletedSuccessfully)
            {
                done.Result.Dispose();
            }
            else
            {
                _ = done.Exception;
            }
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static RpcException NoAddress(DnsEndPoint target, SocketException? cause) => CallFailure.Of(
        StatusCode.Unavailable, $"The name of {target.Host}:{target.Port} has no address ({cause?.SocketErrorCode ?? SocketError.NoData}).", cause);
}
