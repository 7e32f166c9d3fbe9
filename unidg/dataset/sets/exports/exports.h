#pragma once
#include "unidg/dataset/sets/export.h"

/// The writers of the table in export.cpp.
namespace unidg::dataset::sets {

std::unique_ptr<SetExport> make_anomalib_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_mvtec_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_coco_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_yolo_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_cvat_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_voc_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_imagefolder_export(const ExportPlan& plan);
std::unique_ptr<SetExport> make_webdataset_export(const ExportPlan& plan);

}  // namespace unidg::dataset::sets
