using System.Net;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>The log messages of a node. Per message: Trace. Connection life: Information. An operator must act: Warning or Error.</summary>
internal static partial class RemoteLog
{
    /// <summary>
    /// The entries about what a program does wrong again and again, and the name of that value which says what it is about: a <see cref="ThrottledLog"/> writes one
    /// a minute for each of these values.
    /// </summary>
    public static IReadOnlyDictionary<int, string> Mistakes { get; } = new Dictionary<int, string>
    {
        [2012] = "MessageType",
        [2013] = "Address",
        [2014] = "MaxEndpoints",
        [2019] = "TypeName",
        [2023] = "Kind",
        [2041] = "Address",
        [2042] = "Address",
        [2043] = "Target",
        [2044] = "Address",
    };

    /// <summary>The ids of the entries that are about one message each: a <see cref="ThrottledLog"/> writes only so many of them.</summary>
    public static IReadOnlyList<int> PerMessage { get; } = [.. Mistakes.Keys, 2037, 2038, 2060, 2066, 2067, 2070, 2332, 2333, 2334, 2338, 2361];

    /// <summary>
    /// The entries about connections, which come again and again while a peer is down, refuses, or breaks off, with the name of that value which says what each is about: a
    /// <see cref="ConnectionLog"/> writes few of them. Where debugging is asked for, all are written but those which <see cref="PerMessage"/> has too.
    /// </summary>
    public static IReadOnlyDictionary<int, string> Connections { get; } = new Dictionary<int, string>
    {
        [2002] = "Address",
        [2003] = "Address",
        [2004] = "Address",
        [2005] = "Address",
        [2006] = "Address",
        [2007] = "Address",
        [2008] = "Address",
        [2009] = "Address",
        [2010] = "Address",
        [2015] = "Address",
        [2016] = "Address",
        [2017] = "Address",
        [2018] = "Address",
        [2021] = "Address",
        [2024] = "Address",
        [2025] = "Address",
        [2026] = "Address",
        [2027] = "Address",
        [2028] = "Address",
        [2029] = "Address",
        [2030] = "Address",
        [2031] = "Address",
        [2032] = "Address",
        [2036] = "Address",
        [2041] = "Address",
        [2045] = "Address",
        [2046] = "Address",
        [2050] = "Address",
        [2051] = "Address",
        [2065] = "RemoteEndPoint",
        [2301] = "RemoteEndPoint",
        [2302] = "Address",
        [2303] = "RemoteEndPoint",
        [2304] = "RemoteEndPoint",
        [2332] = "Peer",
        [2361] = "Limit",
        [2362] = "Address",
        [2363] = "Address",
        [2364] = "Address",
    };

    /// <summary>Those of <see cref="Connections"/> that tell of a peer which is there, and was not a moment ago.</summary>
    public static IReadOnlySet<int> News { get; } = new HashSet<int> { 2002, 2015, 2016 };

    [LoggerMessage(2001, LogLevel.Information, "{Address} is up, incarnation {SystemId}", EventName = "Listening")]
    public static partial void Listening(ILogger log, string address, string systemId);

    [LoggerMessage(2002, LogLevel.Information, "Connected to {Address}, incarnation {SystemId}", EventName = "Connected")]
    public static partial void Connected(ILogger log, string address, string systemId);

    [LoggerMessage(2003, LogLevel.Information, "Connected to {Address} again after {Attempts} retries and an outage of {Outage}", EventName = "Reconnected")]
    public static partial void Reconnected(ILogger log, string address, int attempts, TimeSpan outage);

    [LoggerMessage(2004, LogLevel.Information, "No connection to {Address} ({Error}); retry {Attempt} in {Delay}, messages queue meanwhile", EventName = "Reconnecting")]
    public static partial void Reconnecting(ILogger log, string address, int attempt, TimeSpan delay, string error);

    [LoggerMessage(2005, LogLevel.Warning, "Gave up on {Address} after {Attempts} retries ({Error}); queued messages become dead letters. Is the node running, and is its address right?", EventName = "AttemptsUsedUp")]
    public static partial void AttemptsUsedUp(ILogger log, string address, int attempts, string error);

    [LoggerMessage(2006, LogLevel.Information, "Endpoint of {Address} closed ({Why}); {Queued} queued messages became dead letters", EventName = "EndpointClosed")]
    public static partial void EndpointClosed(ILogger log, string address, EndpointTerminatedReason why, int queued);

    [LoggerMessage(2007, LogLevel.Information, "{Address} is another address of {OtherAddress} (both are {SystemId}); its messages go there from now on", EventName = "EndpointsMerged")]
    public static partial void EndpointsMerged(ILogger log, string address, string otherAddress, string systemId);

    [LoggerMessage(2008, LogLevel.Error, "{Address} is this node itself, which calls itself {OwnAddress}: configuration fault. Add the address to RemoteOptions.Aliases if it is meant to be this node", EventName = "OwnAddress")]
    public static partial void OwnAddress(ILogger log, string address, string ownAddress);

    [LoggerMessage(2009, LogLevel.Warning, "{Address} was replaced: {Former} is gone, {Current} answers. What waited for the former becomes dead letters", EventName = "IncarnationEnded")]
    public static partial void IncarnationEnded(ILogger log, string address, string former, string current);

    [LoggerMessage(2010, LogLevel.Warning, "{Address} has this node on its block list; its endpoint closes", EventName = "Blocked")]
    public static partial void Blocked(ILogger log, string address);

    [LoggerMessage(2011, LogLevel.Error, "The endpoint of {Address} failed in a way it should not; it is closed", EventName = "EndpointFaulted")]
    public static partial void EndpointFaulted(ILogger log, string address, Exception exception);

    [LoggerMessage(2012, LogLevel.Warning, "A message of type {MessageType} to {Address} is a dead letter ({Status}): {Detail}", EventName = "MessageNotSent")]
    public static partial void MessageNotSent(ILogger log, string address, Type messageType, EncodeStatus status, string detail, Exception? exception);

    [LoggerMessage(2013, LogLevel.Warning, "No endpoint for {Address}: it {Fault}. Messages to it are dead letters (InvalidAddress)", EventName = "AddressRefused")]
    public static partial void AddressRefused(ILogger log, string address, string fault);

    [LoggerMessage(2014, LogLevel.Warning, "No endpoint for {Address}: there are {MaxEndpoints} already (RemoteOptions.MaxEndpoints). Messages to it are dead letters", EventName = "TooManyEndpoints")]
    public static partial void TooManyEndpoints(ILogger log, string address, int maxEndpoints);

    [LoggerMessage(2015, LogLevel.Information, "{Address} connected to this node, incarnation {SystemId}", EventName = "Accepted")]
    public static partial void Accepted(ILogger log, string address, string systemId);

    [LoggerMessage(2016, LogLevel.Information, "{Address} connected to this node", EventName = "ClientConnected")]
    public static partial void ClientConnected(ILogger log, string address);

    [LoggerMessage(2017, LogLevel.Information, "The stream from {Address} was lost: {Error}", EventName = "InboundLost")]
    public static partial void InboundLost(ILogger log, string address, string error);

    [LoggerMessage(2018, LogLevel.Warning, "{Address} broke the protocol and lost its stream: {Detail}", EventName = "ProtocolViolation")]
    public static partial void ProtocolViolation(ILogger log, string address, string detail);

    [LoggerMessage(2019, LogLevel.Warning, "A message from {Address} could not be read ({Fault}, type {TypeName}): {Detail}. Is the type registered here?", EventName = "EnvelopeRefused")]
    public static partial void EnvelopeRefused(ILogger log, string address, EnvelopeFault fault, string? typeName, string detail, Exception? exception);

    [LoggerMessage(2020, LogLevel.Debug, "{Address} reported the end of {Target} to {Watcher}, which does not watch it", EventName = "UnmatchedTerminated")]
    public static partial void UnmatchedTerminated(ILogger log, string address, string target, string watcher);

    [LoggerMessage(2021, LogLevel.Warning, "This node dialled itself, or somebody says its id, with the address {Address}: nothing is taken in from there", EventName = "OwnHandshake")]
    public static partial void OwnHandshake(ILogger log, string address);

    [LoggerMessage(2022, LogLevel.Information, "Shut down {Address}", EventName = "Stopped")]
    public static partial void Stopped(ILogger log, string address);

    [LoggerMessage(2024, LogLevel.Warning, "{Address}: {Count} messages were written on a connection that broke; they may or may not have arrived", EventName = "Unconfirmed")]
    public static partial void Unconfirmed(ILogger log, string address, long count);

    [LoggerMessage(2025, LogLevel.Information, "{Address} did not end the stream in good order while this node left it: {Detail}", EventName = "LeftInHaste")]
    public static partial void LeftInHaste(ILogger log, string address, string detail);

    [LoggerMessage(2026, LogLevel.Warning, "{SystemId} claims to be {Address} and was refused: {Why}. If nobody restarted that node, two nodes may advertise one address (RemoteConfig.AdvertisedHost and AdvertisedPort)", EventName = "IncarnationRefused")]
    public static partial void IncarnationRefused(ILogger log, string address, string systemId, string why);

    [LoggerMessage(2027, LogLevel.Information, "{Address} could not be dialled to verify who lives there: {Detail}", EventName = "VerificationFailed")]
    public static partial void VerificationFailed(ILogger log, string address, string detail);

    [LoggerMessage(2028, LogLevel.Warning, "{Address} refused this node for good, so it is not dialled again by itself: {Status}. {WayOut}", EventName = "RefusedByPeer")]
    public static partial void RefusedByPeer(ILogger log, string address, string status, string wayOut);

    [LoggerMessage(2029, LogLevel.Warning, "{Address}: {Count} messages were sent and not acknowledged when their link ended; they are dead letters ({Reason})", EventName = "RetainedGivenUp")]
    public static partial void RetainedGivenUp(ILogger log, string address, int count, string reason);

    [LoggerMessage(2030, LogLevel.Warning, "{Address} ended the stream twice over the same batch of {Count} messages; they are dead letters (RejectedByPeer), so that the rest can go on. Its log says why", EventName = "BatchRejected")]
    public static partial void BatchRejected(ILogger log, string address, int count);

    [LoggerMessage(2031, LogLevel.Information, "{Address} knows nothing of our link any more; a new one begins", EventName = "LinkUnknown")]
    public static partial void LinkUnknown(ILogger log, string address);

    [LoggerMessage(2032, LogLevel.Information, "{Address} goes on with its link on another stream, the former one is ended", EventName = "LinkTakenOver")]
    public static partial void LinkTakenOver(ILogger log, string address);

    [LoggerMessage(2033, LogLevel.Information, "{Peer} is blocked from now on, {Until}: {Reason}", EventName = "PeerBlocked")]
    public static partial void PeerBlocked(ILogger log, string peer, string reason, string until);

    [LoggerMessage(2034, LogLevel.Information, "{Peer} is blocked no more", EventName = "PeerUnblocked")]
    public static partial void PeerUnblocked(ILogger log, string peer);

    [LoggerMessage(2035, LogLevel.Debug, "{Address} ({SystemId}) was told that it is blocked", EventName = "BlockedPeerRefused")]
    public static partial void BlockedPeerRefused(ILogger log, string address, string systemId);

    [LoggerMessage(2036, LogLevel.Information, "{Address} names {Count} nodes that it blocks; they are not blocked here (BlockList.TrustPeers is off)", EventName = "AdviceIgnored")]
    public static partial void AdviceIgnored(ILogger log, string address, int count);

    [LoggerMessage(2037, LogLevel.Error, "The mailbox of {Target} threw when a {MessageType} from {Address} was put into it; the message is a dead letter (MailboxFull)", EventName = "MailboxFailed")]
    public static partial void MailboxFailed(ILogger log, string target, Type messageType, string address, Exception exception);

    [LoggerMessage(2070, LogLevel.Error, "The mailbox of {Target} threw when it was asked for another turn: the credit of messages that it has dropped may not come back to the peers that sent them", EventName = "TurnNotTaken")]
    public static partial void TurnNotTaken(ILogger log, string target, Exception exception);

    [LoggerMessage(2038, LogLevel.Error, "Remote failed at a message of type {MessageType} to {Address}; it is a dead letter (InternalError). This is a fault of Remote: please report it", EventName = "EncoderFailed")]
    public static partial void EncoderFailed(ILogger log, string address, Type messageType, Exception exception);

    [LoggerMessage(2039, LogLevel.Warning, "This process stood still for {Length}: it was stopped, or had no processor or no thread. Whoever waits for its heartbeats may have given it up", EventName = "StoodStill")]
    public static partial void StoodStill(ILogger log, TimeSpan length);

    [LoggerMessage(2040, LogLevel.Warning, "{Address} ({SystemId}) is said to be silent and answers; it was this process that stood still, for {Length}. It is not blocked, and this node is to leave the cluster", EventName = "WasSilentItself")]
    public static partial void WasSilentItself(ILogger log, string address, string systemId, TimeSpan length);

    [LoggerMessage(2041, LogLevel.Warning, "{Address} cannot be reached: {Error}. {Waiting} messages wait for it, and retry {Attempt} is in {Delay}. {WayOut}", EventName = "NotReached")]
    public static partial void NotReached(ILogger log, string address, string error, int waiting, int attempt, TimeSpan delay, string wayOut);

    [LoggerMessage(2042, LogLevel.Warning, "A message to {Address} is a dead letter (NotStarted): {Detail}", EventName = "NotStarted")]
    public static partial void NotStarted(ILogger log, string address, string detail);

    [LoggerMessage(2043, LogLevel.Warning, "{Target} failed with {Exception} at a {MessageType} of {Sender}, which is not answered by that: whether the actor goes on, and answers yet, is up to its supervision. Proto.Actor's log has the exception", EventName = "RequestFailed")]
    public static partial void RequestFailed(ILogger log, string target, string? exception, string? messageType, string sender);

    [LoggerMessage(2044, LogLevel.Warning, "{SystemId} says that it is {Address}, which is this node's own: two nodes advertise one address, and each answers itself what is sent there. It was refused. Give one of them another RemoteConfig.AdvertisedHost or AdvertisedPort", EventName = "AddressShared")]
    public static partial void AddressShared(ILogger log, string address, string systemId);

    [LoggerMessage(2045, LogLevel.Warning, "{Length} messages wait for {Address}, whose lane holds {Capacity}, half of it for one slow actor: less is taken there than is sent. Messages that find no room are dead letters (QueueFull). Which of its actors is slow, remote ps and remote inspect show there", EventName = "LaneCritical")]
    public static partial void LaneCritical(ILogger log, string address, int length, int capacity);

    [LoggerMessage(2046, LogLevel.Information, "The lane to {Address} has room again: {Length} of {Capacity} messages wait", EventName = "LaneRelieved")]
    public static partial void LaneRelieved(ILogger log, string address, int length, int capacity);

    [LoggerMessage(2050, LogLevel.Information, "The stream of {Address} was lost ({Error}); its messages wait {Timeout} for it to come back", EventName = "ClientAwaited")]
    public static partial void ClientAwaited(ILogger log, string address, TimeSpan timeout, string error);

    [LoggerMessage(2051, LogLevel.Information, "{Address} is back after {Outage} and goes on where it was", EventName = "ClientReturned")]
    public static partial void ClientReturned(ILogger log, string address, TimeSpan outage);

    [LoggerMessage(2023, LogLevel.Warning, "Spawning kind {Kind} for another node failed: {Detail}", EventName = "SpawnFailed")]
    public static partial void SpawnFailed(ILogger log, string kind, string detail, Exception? exception);

    [LoggerMessage(2060, LogLevel.Error, "A handler of {EventType} failed", EventName = "HandlerFailed")]
    public static partial void HandlerFailed(ILogger log, Type eventType, Exception exception);

    [LoggerMessage(2061, LogLevel.Error, "{Count} events were left out so far, because {Capacity} wait for a handler that does not return. What they tell is in the statistics of the endpoints", EventName = "EventsLeftOut")]
    public static partial void EventsLeftOut(ILogger log, long count, int capacity);

    [LoggerMessage(2062, LogLevel.Warning, "{Count} actors were spawned before WithRemote: messages from other nodes to them are bounded by nothing. Call WithRemote right after the actor system is made", EventName = "ActorsBeforeRemote")]
    public static partial void ActorsBeforeRemote(ILogger log, int count);

    [LoggerMessage(2066, LogLevel.Warning, "Somebody who listens to spans failed; the message goes on without one", EventName = "TracingFailed")]
    public static partial void TracingFailed(ILogger log, Exception exception);

    [LoggerMessage(2067, LogLevel.Warning, "Somebody who listens to metrics failed; the measurement is lost, and nothing else", EventName = "MeasuringFailed")]
    public static partial void MeasuringFailed(ILogger log, Exception exception);

    [LoggerMessage(2331, LogLevel.Warning, "Everybody who reaches {Address} may connect to this node and send to its actors: say who may with RemoteOptions.Access.Policy (MutualTls, SharedSecret) or RemoteOptions.Hooks.AuthorizePeer, or listen on loopback. AllowAll is right only in a network that you trust", EventName = "OpenToAll")]
    public static partial void OpenToAll(ILogger log, string address);

    [LoggerMessage(2332, LogLevel.Warning, "{Peer} was turned away: {Reason}. {WayOut}", EventName = "PeerDenied")]
    public static partial void PeerDenied(ILogger log, string peer, string reason, string wayOut);

    [LoggerMessage(2333, LogLevel.Warning, "{Peer} was not allowed an operation ({Operation} of {Subject}): {Reason}. {WayOut}", EventName = "OperationDenied")]
    public static partial void OperationDenied(ILogger log, string peer, RemoteOperationKind operation, string subject, string reason, string wayOut);

    [LoggerMessage(2334, LogLevel.Error, "A hook of RemoteOptions.Hooks threw when it was asked about {Peer}, which counts as a no", EventName = "AuthorizationFailed")]
    public static partial void AuthorizationFailed(ILogger log, string peer, Exception exception);

    [LoggerMessage(2335, LogLevel.Error, "The file of the shared secret {File} (RemoteOptions.Access.SecretFile) {Fault}; what was read before goes on being used", EventName = "SecretNotRead")]
    public static partial void SecretNotRead(ILogger log, string file, string fault);

    [LoggerMessage(2336, LogLevel.Information, "The file of the shared secret {File} has changed and counts from now on", EventName = "SecretReplaced")]
    public static partial void SecretReplaced(ILogger log, string file);

    [LoggerMessage(2337, LogLevel.Information, "{Peer} called {Method} of the administration service: {Subject}", EventName = "Administered")]
    public static partial void Administered(ILogger log, string peer, string method, string subject);

    [LoggerMessage(2338, LogLevel.Warning, "{Address} does not let this node stop {Target}: StopAsync or PoisonAsync fails, and the actor goes on. Let this node do it there (RemoteOptions.Hooks.AuthorizeOperation; its log says why, 2333), or send the actor a message that has it stop itself", EventName = "StopDenied")]
    public static partial void StopDenied(ILogger log, string address, string target);

    [LoggerMessage(2065, LogLevel.Information, "A connection from {RemoteEndPoint} carried no request in time and was closed", EventName = "SilentConnectionClosed")]
    public static partial void SilentConnectionClosed(ILogger log, EndPoint? remoteEndPoint);

    [LoggerMessage(2361, LogLevel.Warning, "{Who} was refused by {Limit}; {Count} were so far. docs/security.md says what each limit is for", EventName = "Refused")]
    public static partial void Refused(ILogger log, object? who, string limit, long count);

    [LoggerMessage(2362, LogLevel.Error, "RemoteOptions.Hooks.AllowDial threw when it was asked about {Address} ({Origin}); the address is not dialled", EventName = "DialHookFailed")]
    public static partial void DialHookFailed(ILogger log, string address, DialOrigin origin, Exception exception);

    [LoggerMessage(2363, LogLevel.Warning, "{Address} answers as {SystemId}, and so does {OtherAddress}: one of the two is not what it says. Their messages stay apart", EventName = "SystemClaimedTwice")]
    public static partial void SystemClaimedTwice(ILogger log, string address, string otherAddress, string systemId);

    [LoggerMessage(2364, LogLevel.Information, "Nothing went to {Address} for {Timeout} (Endpoint.IdleTimeout); the connection is closed until something does", EventName = "IdleClosed")]
    public static partial void IdleClosed(ILogger log, string address, TimeSpan timeout);

    [LoggerMessage(2064, LogLevel.Warning, "{Count} more {Kind} were not logged: {Limit} within {Interval} are (RemoteOptions.LogThrottle, ActorSystemConfig.DeadLetterThrottleCount and DeadLetterThrottleInterval)", EventName = "EntriesLeftOut")]
    public static partial void EntriesLeftOut(ILogger log, long count, string? kind, int limit, TimeSpan interval);

    [LoggerMessage(2068, LogLevel.Warning, "{Count} more {Kind} of {Subject} within {Interval}", EventName = "MistakeRepeated")]
    public static partial void MistakeRepeated(ILogger log, long count, string? kind, string subject, TimeSpan interval);

    [LoggerMessage(2069, LogLevel.Warning, "{Count} more entries about connections within {Interval}: {Kinds}. What each peer is at, and its last error, is in the statistics of the endpoints (remote endpoints)", EventName = "ConnectionsLeftOut")]
    public static partial void ConnectionsLeftOut(ILogger log, long count, TimeSpan interval, string kinds);

    [LoggerMessage(2371, LogLevel.Information, "Configuration was read again, and is in use: {Changes}", EventName = "ConfigurationChanged")]
    public static partial void ConfigurationChanged(ILogger log, string changes);

    [LoggerMessage(2372, LogLevel.Warning, "Configuration has changed, and these options are only read when the node starts: {Changes}. Restart the node", EventName = "RestartNeeded")]
    public static partial void RestartNeeded(ILogger log, string changes);

    [LoggerMessage(2373, LogLevel.Warning, "Configuration has changed, and is not used; the former values stay. {Faults}", EventName = "ReloadRefused")]
    public static partial void ReloadRefused(ILogger log, string faults);

    [LoggerMessage(2391, LogLevel.Warning, "{Directory} may be written by every user of this machine: while this node is down, any of them can listen at {Path}, and peers would not know. Put RemoteOptions.UnixSocketPath into a directory of its own; one that is missing is made with mode 0700", EventName = "SocketDirectoryOpen")]
    public static partial void SocketDirectoryOpen(ILogger log, string? directory, string path);
}
