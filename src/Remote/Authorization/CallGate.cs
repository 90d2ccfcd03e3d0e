using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Remote;

/// <summary>
/// Decides who may connect and who may call what: the policy of the options, the rules of diagnostics and administration, and the hooks of the
/// application. All of them must say yes. One per node; thread-safe.
/// </summary>
internal sealed class CallGate(NodeSettings settings)
{
    private const string ByHook = "RemoteOptions.Hooks.AuthorizePeer says so.";

    private readonly RemoteOptions _options = settings.Options;
    private readonly Func<RemotePeer, RemotePermission>? _policy = AccessCheck.Of(settings.Options.Access, settings.Secret);
    private readonly Func<RemotePeer, CancellationToken, ValueTask<RemotePermission>>? _peerHook = settings.Options.Hooks.AuthorizePeer;
    private readonly Func<RemoteOperation, RemotePermission>? _operationHook = settings.Options.Hooks.AuthorizeOperation;

    /// <summary>Whether anything but the web server stands between this node and everybody who reaches its listener.</summary>
    public bool LetsEverybodyIn => _policy is null && _peerHook is null;

    /// <summary>Whether the application judges what peers do on their streams.</summary>
    public bool JudgesOperations => _operationHook is not null;

    public AccessCounters Counters { get; } = new();

    /// <summary>The block list, of whose peers no call is answered; set once, before the first call.</summary>
    public PeerBlockList? BlockList { get; set; }

    /// <summary>Turns a caller away by the policy, before anything of it is read.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason.</exception>
    public void Admit(HttpContext http, RemotePeer caller)
    {
        if (_policy is not null)
        {
            Enforce(http, caller, _policy(caller));
        }
    }

    /// <summary>
    /// Whether a caller that does not say who it is would be let in: by the policy, if no hook wants to know more. Asks no hook, counts and logs nothing.
    /// </summary>
    public bool KnowsWithoutHandshake(RemotePeer caller) => _peerHook is null && _policy?.Invoke(caller).IsAllowed != false;

    /// <summary>Asks the application about a peer that has said who it is.</summary>
    /// <param name="http">Its request.</param>
    /// <param name="peer">Who it is.</param>
    /// <param name="record">The history of its address, if there is one; strangers make addresses up.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason; DEADLINE_EXCEEDED: the hook took too long.</exception>
    public async ValueTask AdmitAsync(HttpContext http, RemotePeer peer, EndpointRecord? record, CancellationToken cancellationToken)
    {
        if (_peerHook is null)
        {
            return;
        }

        var permission = await AskAsync(_peerHook, peer, cancellationToken).ConfigureAwait(false);
        if (!permission.IsAllowed)
        {
            record?.Denied();
        }

        Enforce(http, peer, permission);
    }

    /// <summary>Judges a call of diagnostics or administration, which has no handshake.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason; DEADLINE_EXCEEDED: the hook took too long.</exception>
    public ValueTask AuthorizeAsync(HttpContext http, ServerCallContext call, RemoteOperationKind kind, string method) =>
        AuthorizeAsync(http, Callers.Of(http, call), kind, method, isGuarded: false, call.CancellationToken);

    /// <summary>Judges a request for administration that is no gRPC call.</summary>
    /// <param name="http">The request.</param>
    /// <param name="caller">Who makes it.</param>
    /// <param name="method">What it asks for.</param>
    /// <param name="isGuarded">
    /// A policy of ASP.NET Core has let the caller in, in the place of the policy of the options and of the rule for local callers.
    /// </param>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason; DEADLINE_EXCEEDED: the hook took too long.</exception>
    public ValueTask AuthorizeAsync(HttpContext http, RemotePeer caller, string method, bool isGuarded) =>
        AuthorizeAsync(http, caller, RemoteOperationKind.Administration, method, isGuarded, http.RequestAborted);

    private async ValueTask AuthorizeAsync(
        HttpContext http, RemotePeer caller, RemoteOperationKind kind, string method, bool isGuarded, CancellationToken cancellationToken)
    {
        if (!isGuarded)
        {
            Admit(http, caller);
        }

        await AdmitAsync(http, caller, record: null, cancellationToken).ConfigureAwait(false);
        var operation = new RemoteOperation(kind, caller, method);
        var permission = IsBlocked(caller) || (!isGuarded && IsBlockedByOrigin(caller)) ? RemotePermission.Deny("this node has the caller on its block list") with { WayOut = "Take it out there if it is to be answered." }
            : RuleOf(kind, caller.IsLocal || isGuarded) is { } rule ? RemotePermission.Deny(rule) with { WayOut = "Set that option to true if it is to be answered." }
            : Judge(operation);
        if (!permission.IsAllowed)
        {
            Deny(operation, permission);
            throw Refusal(http, permission);
        }
    }

    /// <summary>Asks the application about an operation. Counts and logs nothing.</summary>
    public RemotePermission Judge(in RemoteOperation operation)
    {
        if (_operationHook is null)
        {
            return RemotePermission.Allow;
        }

        try
        {
            return _operationHook(operation);
        }
        catch (Exception exception)
        {
            return Failed(operation.Peer, exception);
        }
    }

    /// <summary>An operation is not done: counts it, and says so in the log.</summary>
    public void Deny(in RemoteOperation operation, RemotePermission permission)
    {
        Counters.CountOperation(operation.Kind);
        RemoteLog.OperationDenied(
            settings.Log, operation.Peer.ToString(), operation.Kind, operation.Subject, permission.Reason.TrimEnd('.'),
            permission.WayOut ?? "RemoteOptions.Hooks.AuthorizeOperation says so.");
    }

    /// <summary>What to look at here when a peer does not let this node in, or does not understand it.</summary>
    /// <param name="code">What the peer answered.</param>
    /// <param name="address">Of the peer.</param>
    public string WayOut(StatusCode code, string address)
    {
        if (code is not (StatusCode.PermissionDenied or StatusCode.Unauthenticated))
        {
            return "Is it a remoting node, and is its address right?";
        }

        var secret = settings.Secret is { } shared
            ? $"the shared secret in the first line of {shared.Path} (RemoteOptions.Access.SecretFile)"
            : "no shared secret (RemoteOptions.Access.Policy is not SharedSecret)";
        return $"This node shows {settings.Tls?.Shown ?? "no certificate (RemoteOptions.Tls is not set)"}, and sends {secret}: mend that, or let it in there. "
            + $"The log of {address} says more (2332).";
    }

    private bool IsBlocked(RemotePeer caller) =>
        caller is { SystemId: { } systemId, Address: { } address } && BlockList?.IsBlocked(systemId, address) == true;

    /// <summary>
    /// Most callers say nothing of themselves. So where they come from counts, but for those on this machine; and for those whom a policy of the
    /// application has let in, who are known, and may all come through one proxy.
    /// </summary>
    private bool IsBlockedByOrigin(RemotePeer caller) =>
        !caller.IsLocal && caller.RemoteEndPoint is { } from && BlockList?.IsBlocked(from.Address) == true;

    /// <summary>Why a call is not answered whoever makes it from there; <see langword="null"/> when it is.</summary>
    private string? RuleOf(RemoteOperationKind kind, bool isExpected)
    {
        var (enabled, option) = kind == RemoteOperationKind.Administration
            ? (_options.Administration.Enabled, "RemoteOptions.Administration.Enabled")
            : (_options.Diagnostics.Enabled, "RemoteOptions.Diagnostics.Enabled");
        return enabled ?? isExpected ? null
            : enabled is null ? $"only callers over loopback or a Unix socket may make such calls to this node ({option})"
            : $"such calls are off on this node ({option})";
    }

    private async ValueTask<RemotePermission> AskAsync(
        Func<RemotePeer, CancellationToken, ValueTask<RemotePermission>> hook, RemotePeer peer, CancellationToken cancellationToken)
    {
        var limit = _options.HandshakeTimeout;
        using var deadline = new CancellationTokenSource(limit, settings.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await hook(peer, both.Token).AsTask().WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw CallFailure.Of(StatusCode.DeadlineExceeded, $"It was not known within {limit} whether this peer may connect.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw CallFailure.Of(StatusCode.Cancelled, "The caller has gone.");
        }
        catch (Exception exception)
        {
            return Failed(peer, exception);
        }
    }

    private RemotePermission Failed(RemotePeer peer, Exception exception)
    {
        RemoteLog.AuthorizationFailed(settings.Log, peer.ToString(), exception);
        return RemotePermission.Deny("it could not be found out whether it is allowed");
    }

    private void Enforce(HttpContext http, RemotePeer peer, RemotePermission permission)
    {
        if (!permission.IsAllowed)
        {
            Counters.CountPeer(permission.IsClosed);
            RemoteLog.PeerDenied(settings.Log, peer.ToString(), permission.Reason.TrimEnd('.'), permission.WayOut ?? ByHook);
            throw Refusal(http, permission);
        }
    }

    private static RpcException Refusal(HttpContext http, RemotePermission permission)
    {
        if (!permission.IsClosed)
        {
            return CallFailure.Of(StatusCode.PermissionDenied, Sentence(permission.Reason));
        }

        CloseConnection(http);
        return CallFailure.Of(StatusCode.Cancelled, "The connection was closed.");
    }

    /// <summary>Closes the connection of a request, and everything on it with it.</summary>
    public static void CloseConnection(HttpContext http)
    {
        if (http.Features.Get<IConnectionLifetimeFeature>() is { } connection)
        {
            connection.Abort();
        }
        else
        {
            http.Abort();
        }
    }

    // CallFailure sees to it that it has an end.
    private static string Sentence(string reason) => $"Not allowed: {reason.ReplaceLineEndings(" ").TrimEnd('.')}.";
}
