global using Remanso.Simulation.Kernel;
