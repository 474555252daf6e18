?- 供应(x, y, id: e), !建设(z, w, id: e), 建设(z, w).
