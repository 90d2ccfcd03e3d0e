namespace Remote.Actors;

/// <summary>A process that can say how it is. Called from any thread, without stopping the process.</summary>
internal interface IDiagnosedProcess
{
    ProcessDiagnostics Diagnose(string id);
}
