using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Answers the diagnostic RPCs. Reads live structures without holding a lock, so a list is a picture, not a snapshot.</summary>
internal sealed class RemotingDiagnostics(RemoteNode node)
{
    // How often the clock is asked during a scan; a match takes a microsecond at worst.
    private const int CheckClockEvery = 256;

    // Tags and lengths of one PID in the response, beside its two strings.
    private const int BytesPerPid = 12;

    public Task<Wire.ListProcessesResponse> ListProcessesAsync(Wire.ListProcessesRequest request, GrpcServerStream stream)
    {
        EnsureEnabled();
        return Task.FromResult(List(ProcessPattern.Parse(request), stream.CancellationToken));
    }

    public Task<Wire.GetProcessDiagnosticsResponse> GetProcessDiagnosticsAsync(Wire.GetProcessDiagnosticsRequest request, GrpcServerStream stream)
    {
        EnsureEnabled();
        var pid = request.Pid;
        if (pid is null || pid.Id.Length == 0)
        {
            throw Failure(GrpcStatusCode.InvalidArgument, "The request has no pid.");
        }

        if (!node.IsOwnAddress(pid.Address))
        {
            throw Failure(GrpcStatusCode.InvalidArgument, $"{pid.Address} is not this node, which is {node.Address}.");
        }

        var process = node.ActorSystem.Processes.Find(pid.Id)
            ?? throw Failure(GrpcStatusCode.NotFound, $"There is no process '{pid.Id}' on {node.Address}.");
        return Task.FromResult(new Wire.GetProcessDiagnosticsResponse { DiagnosticsString = ProcessReport.Write(pid.Id, process) });
    }

    internal Wire.ListProcessesResponse List(ProcessPattern pattern, CancellationToken cancellationToken)
    {
        var options = node.Options.Diagnostics;
        var started = node.Time.GetTimestamp();
        var response = new Wire.ListProcessesResponse();
        var room = node.Options.MaxMessageBytes - 64;
        var scanned = 0;
        foreach (var (id, _) in node.ActorSystem.Processes.LocalProcesses)
        {
            if (++scanned % CheckClockEvery == 0 && (cancellationToken.IsCancellationRequested || node.Time.GetElapsedTime(started) > options.ScanBudget))
            {
                response.Truncated = true;
                break;
            }

            if (!pattern.Matches(id))
            {
                continue;
            }

            response.Total++;
            room -= BytesPerPid + (3 * (id.Length + node.Address.Length));
            if (response.Pids.Count < options.MaxProcesses && room > 0)
            {
                response.Pids.Add(new Wire.PID { Address = node.Address, Id = id });
            }
            else
            {
                response.Truncated = true;
            }
        }

        return response;
    }

    private void EnsureEnabled()
    {
        if (!(node.Options.Diagnostics.Enabled ?? node.IsLoopbackOnly))
        {
            throw Failure(GrpcStatusCode.PermissionDenied, "The diagnostic RPCs are off on this node (RemoteOptions.Diagnostics.Enabled).");
        }
    }

    private static GrpcException Failure(GrpcStatusCode code, string detail) => new(new GrpcStatus(code, detail));
}
