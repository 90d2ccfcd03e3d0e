using System.Net;

namespace Remote;

/// <summary>
/// Finds the addresses of names, of so many at once. The resolver of the operating system blocks a thread for each and cannot be interrupted, so a
/// place is free again when it has answered, whoever waits for it. Thread-safe.
/// </summary>
/// <param name="places">How many names are resolved at once.</param>
/// <param name="resolve">Asks the resolver; blocks.</param>
internal sealed class NameResolution(int places, Func<string, IPAddress[]> resolve)
{
    /// <summary>As many as one node dials at once without anybody noticing; each is a thread while its resolver is silent.</summary>
    public const int Places = 32;

    private static readonly NameResolution OfProgram = new(Places, Dns.GetHostAddresses);
    private static readonly NameResolution OfPeers = new(Places, Dns.GetHostAddresses);

    private readonly SemaphoreSlim _free = new(places, places);

    /// <summary>
    /// Those of a process: one for the names that the application gave, another for names that peers have sent, which can be many and made up. The
    /// one is never out of places because of the other.
    /// </summary>
    public static NameResolution For(DialOrigin origin) => origin == DialOrigin.Program ? OfProgram : OfPeers;

    /// <summary>The addresses of a host. The token ends the wait for a place and for the answer.</summary>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);

        // A thread of its own: those of the pool have streams to read.
        var resolving = Task.Factory.StartNew(
            () => Resolve(host), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        try
        {
            return await resolving.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Detached.Forget(resolving);
            throw;
        }
    }

    private IPAddress[] Resolve(string host)
    {
        try
        {
            return resolve(host);
        }
        finally
        {
            _free.Release();
        }
    }
}
