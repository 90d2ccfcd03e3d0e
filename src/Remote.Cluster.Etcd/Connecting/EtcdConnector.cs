using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Finds an endpoint that will do: each is tried once, in turn, beginning with the one after that which failed last. Used by one loop at a time.
/// </summary>
internal sealed class EtcdConnector(EtcdClusterOptions options, EtcdClusterHooks hooks, TimeProvider time, ILogger log)
{
    private readonly Uri[] _endpoints = [.. options.Endpoints.Select(endpoint => new Uri(endpoint))];
    private int _current;

    /// <summary>
    /// A connection on which <paramref name="prepare"/> went well: an endpoint that answers but cannot do what is needed is passed over like one that
    /// does not answer.
    /// </summary>
    /// <exception cref="EtcdRoundException">None would do.</exception>
    public async Task<EtcdConnection> ConnectAsync(Func<EtcdConnection, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        var failures = new List<EtcdCallException>();
        while (failures.Count < _endpoints.Length)
        {
            try
            {
                return await OpenAsync(_endpoints[_current], prepare, cancellationToken).ConfigureAwait(false);
            }
            catch (EtcdCallException exception)
            {
                failures.Add(exception);
                MoveOn();
            }
        }

        throw new EtcdRoundException(failures);
    }

    /// <summary>The endpoint that was connected failed: the next attempt begins with another.</summary>
    public void MoveOn() => _current = (_current + 1) % _endpoints.Length;

    private async Task<EtcdConnection> OpenAsync(
        Uri endpoint, Func<EtcdConnection, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        var connection = new EtcdConnection(endpoint, Channel(endpoint), options.CallTimeout, time);
        try
        {
            if (!string.IsNullOrEmpty(options.User)
                && !await connection.AuthenticateAsync(options.User, options.Password!, cancellationToken).ConfigureAwait(false))
            {
                EtcdLog.AuthenticationNotEnabled(log, endpoint, options.User);
            }

            await prepare(connection, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // The channel of dotnet-etcd's own client repeats a call five times with pauses of its own, over all endpoints: nobody would know which
    // of them failed, and with what.
    private GrpcChannel Channel(Uri endpoint)
    {
        var isSecure = endpoint.Scheme == Uri.UriSchemeHttps;
        var handler = new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan };
        if (isSecure)
        {
            try
            {
                handler.SslOptions = EtcdCertificates.For(options.Tls, hooks);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                handler.Dispose();
                throw FailureJudge.Judge(endpoint, exception);
            }
        }

        return GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            Credentials = isSecure ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure,
        });
    }
}
