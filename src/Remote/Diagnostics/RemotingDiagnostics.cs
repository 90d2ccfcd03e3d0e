using System.Net;
using System.Text.RegularExpressions;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Answers the diagnostic RPCs. Reads live structures without holding a lock, so a list is a picture, not a snapshot.</summary>
internal sealed class RemotingDiagnostics(NodeContext context, PeerBlockList? blockList = null)
{
    // How often the clock is asked during a scan: text is compared in less than a microsecond. The worst pattern takes milliseconds for one id.
    private const int CheckClockEvery = 256;

    // Tags and lengths of one PID in the response, beside its two strings.
    private const int BytesPerPid = 12;

    /// <summary>
    /// A caller of these methods says nothing of itself. So the address of its connection counts: a machine one of whose nodes is blocked
    /// by its address learns nothing. Callers on this machine are never refused for that; the operator is one of them.
    /// </summary>
    /// <exception cref="RpcException">PERMISSION_DENIED.</exception>
    public void ThrowIfBlocked(IPAddress? caller)
    {
        if (caller is not null && !IPAddress.IsLoopback(caller) && blockList?.IsBlocked(caller) == true)
        {
            throw CallFailure.Of(StatusCode.PermissionDenied, "The caller is blocked.");
        }
    }

    public Wire.ListProcessesResponse ListProcesses(Wire.ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken)
    {
        EnsureEnabled(isLocal);
        var budget = context.Options.Diagnostics.ScanBudget;
        var started = context.Time.GetTimestamp();
        var matches = ProcessPattern.Parse(request, budget);
        var isRegex = request.Type == Wire.ListProcessesMatchType.MatchRegex;
        var checkEvery = isRegex ? 1 : CheckClockEvery;
        var response = new Wire.ListProcessesResponse();
        long room = context.Options.MaxMessageBytes - 64;
        var scanned = 0;
        foreach (var pid in context.ActorSystem.ProcessRegistry.Find(static _ => true))
        {
            if (isRegex && pid.Id.Length > ProcessPattern.MaxMatchedLength)
            {
                response.Truncated = true;
                continue;
            }

            var isLate = ++scanned % checkEvery == 0
                && (cancellationToken.IsCancellationRequested || context.Time.GetElapsedTime(started) > budget);
            if (isLate || !TryMatch(matches, pid.Id, out var isMatch))
            {
                response.Truncated = true;
                break;
            }

            if (isMatch)
            {
                Add(response, pid.Id, ref room);
            }
        }

        return response;
    }

    public Wire.GetProcessDiagnosticsResponse GetProcessDiagnostics(Wire.GetProcessDiagnosticsRequest request, bool isLocal)
    {
        EnsureEnabled(isLocal);
        var pid = request.Pid;
        if (pid is null || pid.Id.Length == 0)
        {
            throw CallFailure.Of(StatusCode.InvalidArgument, "The request has no pid.");
        }

        if (!context.IsOwnAddress(pid.Address))
        {
            throw CallFailure.Of(StatusCode.InvalidArgument, $"{LogText.Short(pid.Address)} is not this node, which is {context.Address}.");
        }

        var process = context.FindLocal(pid.Id);
        return !ReferenceEquals(process, context.ActorSystem.DeadLetter) || pid.Id == context.ActorSystem.DeadLetterPid.Id
            ? new Wire.GetProcessDiagnosticsResponse { DiagnosticsString = ProcessReport.Write(pid.Id, process) }
            : throw CallFailure.Of(StatusCode.NotFound, $"There is no process '{LogText.Short(pid.Id)}' on {context.Address}.");
    }

    /// <summary>False when the match took as long as a whole scan may.</summary>
    private static bool TryMatch(Func<string, bool> matches, string id, out bool isMatch)
    {
        try
        {
            isMatch = matches(id);
            return true;
        }
        catch (RegexMatchTimeoutException)
        {
            isMatch = false;
            return false;
        }
    }

    /// <summary>Counts a process, and lists it if there is room.</summary>
    private void Add(Wire.ListProcessesResponse response, string id, ref long room)
    {
        response.Total++;
        room -= BytesPerPid + (3 * (id.Length + context.Address.Length));
        if (response.Pids.Count < context.Options.Diagnostics.MaxProcesses && room > 0)
        {
            response.Pids.Add(new Wire.PID { Address = context.Address, Id = id });
        }
        else
        {
            response.Truncated = true;
        }
    }

    // Where a caller is, its connection says: the address that a node is configured with may lie behind a proxy, or be one of many.
    private void EnsureEnabled(bool isLocal)
    {
        if (!(context.Options.Diagnostics.Enabled ?? isLocal))
        {
            throw CallFailure.Of(StatusCode.PermissionDenied, "The diagnostic RPCs are off on this node (RemoteOptions.Diagnostics.Enabled).");
        }
    }
}
