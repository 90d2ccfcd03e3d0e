using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Answers the diagnostic RPCs. Reads live structures without holding a lock, so a list is a picture, not a snapshot.</summary>
internal sealed class RemotingDiagnostics(NodeContext context)
{
    // How often the clock is asked during a scan; a match takes a microsecond at worst.
    private const int CheckClockEvery = 256;

    // Tags and lengths of one PID in the response, beside its two strings.
    private const int BytesPerPid = 12;

    public Wire.ListProcessesResponse ListProcesses(Wire.ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken)
    {
        EnsureEnabled(isLocal);
        var matches = ProcessPattern.Parse(request);
        var options = context.Options.Diagnostics;
        var started = context.Time.GetTimestamp();
        var response = new Wire.ListProcessesResponse();
        var room = context.Options.MaxMessageBytes - 64;
        var scanned = 0;
        foreach (var pid in context.ActorSystem.ProcessRegistry.Find(static _ => true))
        {
            var id = pid.Id;
            if (++scanned % CheckClockEvery == 0
                && (cancellationToken.IsCancellationRequested || context.Time.GetElapsedTime(started) > options.ScanBudget))
            {
                response.Truncated = true;
                break;
            }

            if (!matches(id))
            {
                continue;
            }

            response.Total++;
            room -= BytesPerPid + (3 * (id.Length + context.Address.Length));
            if (response.Pids.Count < options.MaxProcesses && room > 0)
            {
                response.Pids.Add(new Wire.PID { Address = context.Address, Id = id });
            }
            else
            {
                response.Truncated = true;
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
            throw CallFailure.Of(StatusCode.InvalidArgument, $"{pid.Address} is not this node, which is {context.Address}.");
        }

        var process = context.FindLocal(pid.Id);
        return !ReferenceEquals(process, context.ActorSystem.DeadLetter) || pid.Id == context.ActorSystem.DeadLetterPid.Id
            ? new Wire.GetProcessDiagnosticsResponse { DiagnosticsString = ProcessReport.Write(pid.Id, process) }
            : throw CallFailure.Of(StatusCode.NotFound, $"There is no process '{pid.Id}' on {context.Address}.");
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
